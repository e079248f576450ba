//! [`Decoder`]: a whole decode, from a file to pixels or planes.
//!
//! In: a file, then a scale, a window and a detail. Out: as the parent module says. Chooses the
//! code for this processor and the way through the file: one scan, many scans, or several threads.

use super::coefficients::CoefficientBuffer;
use super::color::Coding;
use super::cpu::{Cpu, Portable};
use super::error::malformed;
use super::frame::Component;
use super::header::Header;
use super::multi_scan::MultiScan;
use super::plane::Plane;
use super::scaling::{ComponentGeometry, Detail, Scale, Window};
use super::scan::decode_scan;
use super::scan_selection::select_scans;
#[cfg(target_arch = "x86_64")]
use super::simd::avx2::Avx2;
use super::single_scan::{SingleScan, Skim};
use super::sink::Sink;
use super::stream::Stream;
use super::tables::Quantization;
use crate::damage::Tolerance;
use crate::error::{Result, Stage};
use crate::limits::Budget;

/// A file whose header has been read.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    pub(super) header: Header<'a>,
}

impl<'a> Decoder<'a> {
    /// Reads up to the first scan. A coding process that this decoder does not support is an error
    /// of kind `UnsupportedFormat`.
    pub(crate) fn read_header(bytes: &'a [u8]) -> Result<Self> {
        Header::read(bytes).map(|header| Self { header })
    }

    /// How the components are coded. [`Coding::YCbCr`] is decoded to RGB, all others are left as
    /// they are.
    pub(crate) fn coding(&self) -> Coding {
        self.header.coding
    }

    /// Decodes `window` of the picture at `scale`. The window must not be empty and must lie inside
    /// the scaled picture.
    pub(crate) fn decode(
        &self,
        scale: Scale,
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>> {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return self.decode_on(avx2, scale, window, detail, tolerance, budget);
        }
        self.decode_on(Portable, scale, window, detail, tolerance, budget)
    }

    /// Decodes the MCUs that `window` of the picture at `scale` touches, each component into its
    /// own plane: luma at `scale`, chroma with at least half as many samples per axis as the
    /// picture has at scale `chroma`. The window must not be empty and must lie inside the scaled
    /// picture.
    pub(crate) fn decode_planes(
        &self,
        scale: Scale,
        chroma: Scale,
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Plane>> {
        let scales = (scale, chroma);
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return self.decode_planes_on(avx2, scales, window, detail, tolerance, budget);
        }
        self.decode_planes_on(Portable, scales, window, detail, tolerance, budget)
    }

    pub(super) fn decode_on<P: Cpu>(
        &self,
        cpu: P,
        scale: Scale,
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>> {
        let frame = &self.header.frame;
        let geometries =
            self.geometries(|component| ComponentGeometry::for_pixels(frame, component, scale, detail));
        let mut sink = Sink::for_pixels(frame, &geometries, self.header.coding, scale, window, budget)?;
        self.fill(cpu, is_refined(scale, detail), &geometries, &mut sink, tolerance, budget)?;
        Ok(sink.into_pixels(budget))
    }

    pub(super) fn decode_planes_on<P: Cpu>(
        &self,
        cpu: P,
        (scale, chroma): (Scale, Scale),
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Plane>> {
        let frame = &self.header.frame;
        let geometries = self
            .geometries(|component| ComponentGeometry::for_planes(frame, component, (scale, chroma), detail));
        let mut sink = Sink::for_planes(frame, &geometries, scale, window, budget)?;
        self.fill(cpu, is_refined(scale, detail), &geometries, &mut sink, tolerance, budget)?;
        Ok(sink.into_planes())
    }

    pub(super) fn geometries(
        &self,
        geometry: impl Fn(&Component) -> ComponentGeometry,
    ) -> Vec<ComponentGeometry> {
        self.header.frame.components.iter().map(geometry).collect()
    }

    /// Decodes everything that the sink needs.
    pub(super) fn fill<P: Cpu>(
        &self,
        cpu: P,
        refined: bool,
        geometries: &[ComponentGeometry],
        sink: &mut Sink,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let (header, frame) = (&self.header, &self.header.frame);
        // A decoder that stops once it has all that it needs cannot tell by itself whether the rest
        // is present.
        let has_end = header.has_end();
        let single_scan = header.is_single_scan();
        #[cfg(feature = "parallel")]
        if single_scan && has_end {
            let split = super::parallel::Split::of(budget);
            if super::parallel::fill(header, cpu, split, geometries, sink, budget)? {
                return Ok(());
            }
        }
        budget.reserve(Stage::Decode, Stream::BYTES)?;
        if single_scan {
            let scan = &header.first_scan;
            let mut stream = header.stream(scan, scan.data_offset);
            let (rows, all_rows) = (sink.rows.end, frame.mcus().1);
            let mut visitor = SingleScan::new(cpu, frame, scan, &header.tables, sink)?;
            let interval = header.tables.restart_interval;
            cpu.run(|| {
                decode_scan(frame, scan, &mut stream, interval, 0..rows, &mut visitor, tolerance, budget)
            })?;
            if !has_end && rows < all_rows {
                let stream = &mut header.stream(scan, scan.data_offset);
                let skim = &mut Skim::new(scan, &header.tables)?;
                decode_scan(frame, scan, stream, interval, 0..all_rows, skim, tolerance, budget)?;
            }
        } else {
            let rows = if has_end { sink.rows.end } else { frame.mcus().1 };
            self.decode_scans(cpu, geometries, (refined, has_end, rows), sink, tolerance, budget)?;
        }
        budget.release(Stream::BYTES);
        Ok(())
    }

    /// Decodes the scans that are needed into coefficient buffers, then transforms these.
    fn decode_scans<P: Cpu>(
        &self,
        cpu: P,
        geometries: &[ComponentGeometry],
        (refined, has_end, rows): (bool, bool, usize),
        sink: &mut Sink,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let (header, frame) = (&self.header, &self.header.frame);
        let mut buffers = Vec::with_capacity(4);
        for (component, geometry) in frame.components.iter().zip(geometries) {
            buffers.push(CoefficientBuffer::new(frame, component, geometry, rows, refined, budget)?);
        }
        let selected = select_scans(header, &buffers, refined, has_end, tolerance)?;
        let mut tables = header.tables.clone();
        let mut latched: [Option<Box<Quantization>>; 4] = [None, None, None, None];
        let mut scan = header.first_scan.clone();
        for (number, current) in selected.iter().enumerate() {
            for coded in &scan.components {
                let slot = frame.components[coded.index].quantization;
                if let Some(latched) = latched.get_mut(coded.index).filter(|latched| latched.is_none()) {
                    latched.clone_from(&tables.quantization[slot & 3]);
                }
            }
            if current.needed {
                let mut stream = header.stream(&scan, scan.data_offset);
                match MultiScan::new(frame.progressive, &scan, &tables, &mut buffers) {
                    Ok(mut visitor) => {
                        let (stream, visitor, interval) =
                            (&mut stream, &mut visitor, tables.restart_interval);
                        cpu.run(|| {
                            decode_scan(frame, &scan, stream, interval, 0..rows, visitor, tolerance, budget)
                        })?;
                    }
                    Err(error) if !tolerance.accepts(scan.data_offset, "scan without its Huffman tables") => {
                        return Err(error);
                    }
                    Err(_) => {}
                }
            }
            if number + 1 < selected.len() {
                match header.next_scan(current.data_end, Some(&mut tables)) {
                    Ok(Some(next)) => scan = next,
                    Err(error) if !tolerance.accepts(current.data_end, "invalid table segment") => {
                        return Err(error);
                    }
                    _ => break,
                }
            }
        }
        for row in sink.rows.start..sink.rows.end {
            budget.check_interrupt(Stage::Decode)?;
            let buffer_row = sink.buffer_row(row);
            for ((plane, buffer), table) in sink.planes.iter_mut().zip(&buffers).zip(&latched) {
                let table = match table.as_deref() {
                    Some(table) => table,
                    // All coefficients of a component without a scan are 0.
                    None if tolerance.is_damaged() => &[1; 64],
                    None => return Err(malformed(scan.data_offset, "scan without its quantization table")),
                };
                cpu.run(|| plane.put_mcu_row(cpu, buffer, row, buffer_row, table));
            }
            sink.finish_row(cpu, row);
        }
        budget.release(buffers.iter().map(CoefficientBuffer::bytes).sum());
        Ok(())
    }
}

/// Whether refinement scans of AC bands are read.
fn is_refined(scale: Scale, detail: Detail) -> bool {
    scale > Scale::Quarter || detail == Detail::Exact
}
