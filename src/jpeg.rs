//! A JPEG decoder (ITU-T T.81) that shrinks while it decodes: 8-bit Huffman baseline, extended and progressive, at full
//! size, a half, a quarter or an eighth, of any window of the picture.
//!
//! In: a file, a [`Scale`], a [`Window`], a [`Detail`], a budget. Out: interleaved samples: gray, RGB, or four components as they are
//! coded. What is not needed is not decoded: coefficients above the scale are passed over code by code, rows below the
//! window not at all. Data that end early or break the code are errors that name the byte offset, unless damage is tolerated: then
//! the blocks that are missing have no coefficients, which shows as gray. Must not know of anything but errors, damage and limits.

mod assemble;
mod bits;
mod block;
mod coefficients;
mod color;
mod cpu;
mod error;
mod frame;
mod huffman;
mod idct;
mod marker;
mod multi_scan;
#[cfg(feature = "parallel")]
mod parallel;
mod plane;
mod scaling;
mod scan;
mod scan_header;
#[cfg(target_arch = "x86_64")]
mod simd;
mod single_scan;
mod sink;
mod standard;
mod stream;
mod tables;
#[cfg(test)]
mod tests;
mod upsample;

pub(crate) use self::color::{Coding, Hints, rgb};
pub(crate) use self::plane::Plane;
pub(crate) use self::scaling::{Scale, Window};

use memchr::memmem;

use self::coefficients::CoefficientBuffer;
use self::cpu::{Cpu, Portable};
use self::error::malformed;
use self::frame::{Component, Frame};
use self::multi_scan::MultiScan;
#[cfg(feature = "parallel")]
use self::parallel::Split;
use self::scaling::ComponentGeometry;
use self::scan::decode_scan;
use self::scan_header::{Coverage, Scan};
use self::single_scan::{SingleScan, Skim};
use self::sink::Sink;
use self::stream::Stream;
use self::tables::{Quantization, Tables};
use crate::damage::Tolerance;
use crate::error::{Cause, Error, Result, Stage};
use crate::limits::Budget;

/// How much of what a scale could show is read. Less is never taken of a picture at full size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Detail {
    /// Of a progressive file's bands, from a quarter down, their first scans alone, without the refinements that bring their
    /// last bits, which takes half the time; at a half all coefficients but the last.
    Coarse,
    /// All.
    Exact,
}

/// A file whose header is read.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    frame: Frame,
    /// As defined before the first scan.
    tables: Tables,
    coding: Coding,
    first: Scan,
}

impl<'a> Decoder<'a> {
    /// Reads up to the first scan. What this decoder does not read is an error of kind `UnsupportedFormat`.
    pub(crate) fn read_header(bytes: &'a [u8]) -> Result<Self> {
        let (mut tables, mut hints) = (Tables::new(), Hints::default());
        let mut frame: Option<Frame> = None;
        let mut at = 0;
        while let Some(segment) = marker::next(bytes, at)? {
            at = segment.end();
            match segment.marker {
                marker::SOS => {
                    let Some(frame) = frame else {
                        return Err(malformed(segment.offset, "a scan before any frame header"));
                    };
                    let first = Scan::parse(&segment, &frame)?;
                    let mut ids = [0; 4];
                    for (id, component) in ids.iter_mut().zip(&frame.components) {
                        *id = component.id;
                    }
                    let coding = Coding::new(&ids[..frame.components.len()], hints);
                    return Ok(Self { bytes, frame, tables, coding, first });
                }
                marker if Frame::opens(marker) => {
                    if frame.replace(Frame::parse(&segment)?).is_some() {
                        return Err(malformed(segment.offset, "a second frame header"));
                    }
                }
                marker::APP0 => hints.jfif |= segment.payload.starts_with(b"JFIF\0"),
                marker::APP14 if segment.payload.starts_with(b"Adobe") => {
                    hints.adobe = segment.payload.get(11).copied().or(hints.adobe);
                }
                _ => tables.define(&segment)?,
            }
        }
        Err(malformed(bytes.len(), "the end, but no scan,"))
    }

    /// What the decoded samples are: [`Coding::YCbCr`] comes out as RGB.
    pub(crate) fn coding(&self) -> Coding {
        self.coding
    }

    /// Decodes `window` of the picture at `scale`, in such `detail`. The window must not be empty and must lie inside the scaled picture.
    pub(crate) fn decode(
        &self,
        scale: Scale,
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>> {
        #[cfg(target_arch = "x86_64")]
        if let Some(wide) = simd::avx2::Avx2::detect() {
            return self.decode_on(wide, scale, window, detail, tolerance, budget);
        }
        self.decode_on(Portable, scale, window, detail, tolerance, budget)
    }

    /// Decodes the MCUs that `window` of the picture at `scale` touches, each component for itself: luma at the scale,
    /// chroma with half a side, or more, of the samples that the picture has at `chroma`. The window must not be empty and
    /// must lie inside the scaled picture.
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
        if let Some(wide) = simd::avx2::Avx2::detect() {
            return self.decode_planes_on(wide, scales, window, detail, tolerance, budget);
        }
        self.decode_planes_on(Portable, scales, window, detail, tolerance, budget)
    }

    fn decode_on<P: Cpu>(
        &self,
        cpu: P,
        scale: Scale,
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<u8>> {
        let shapes =
            self.shapes(|component| ComponentGeometry::for_pixels(&self.frame, component, scale, detail));
        let mut canvas = Sink::of_pixels(&self.frame, &shapes, self.coding, scale, window, budget)?;
        self.fill(cpu, refined(scale, detail), &shapes, &mut canvas, tolerance, budget)?;
        Ok(canvas.into_pixels(budget))
    }

    fn decode_planes_on<P: Cpu>(
        &self,
        cpu: P,
        (scale, chroma): (Scale, Scale),
        window: Window,
        detail: Detail,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<Vec<Plane>> {
        let shapes = self.shapes(|component| {
            ComponentGeometry::for_planes(&self.frame, component, (scale, chroma), detail)
        });
        let mut canvas = Sink::of_planes(&self.frame, &shapes, scale, window, budget)?;
        self.fill(cpu, refined(scale, detail), &shapes, &mut canvas, tolerance, budget)?;
        Ok(canvas.into_planes())
    }

    fn shapes(&self, shape: impl Fn(&Component) -> ComponentGeometry) -> Vec<ComponentGeometry> {
        self.frame.components.iter().map(shape).collect()
    }

    /// Decodes all that the canvas needs.
    fn fill<P: Cpu>(
        &self,
        cpu: P,
        refined: bool,
        shapes: &[ComponentGeometry],
        canvas: &mut Sink,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let frame = &self.frame;
        // A decoder that stops where it has all that it needs cannot tell by itself whether the rest is there.
        let ends = self.has_end();
        let streams = self.first.components.len() == frame.components.len() && !frame.progressive;
        #[cfg(feature = "parallel")]
        if streams && ends && self.fill_by_many(cpu, Split::of(budget), shapes, canvas, budget)? {
            return Ok(());
        }
        budget.reserve(Stage::Decode, Stream::BYTES)?;
        if streams {
            let mut stream = self.stream(&self.first, self.first.data);
            let (rows, down) = (canvas.rows.end, frame.mcus().1);
            let mut visitor = self.baseline(cpu, canvas)?;
            let (scan, interval) = (&self.first, self.tables.restart_interval);
            cpu.run(|| {
                decode_scan(frame, scan, &mut stream, interval, 0..rows, &mut visitor, tolerance, budget)
            })?;
            if !ends && rows < down {
                let (stream, skim) = (&mut self.stream(scan, scan.data), &mut Skim::new(scan, &self.tables)?);
                decode_scan(frame, scan, stream, interval, 0..down, skim, tolerance, budget)?;
            }
        } else {
            let rows = if ends { canvas.rows.end } else { frame.mcus().1 };
            self.decode_layers(cpu, shapes, (refined, ends, rows), canvas, tolerance, budget)?;
        }
        budget.release(Stream::BYTES);
        Ok(())
    }

    /// Whether there is an end-of-image marker anywhere behind the beginning of the first scan's data.
    fn has_end(&self) -> bool {
        memmem::rfind(self.bytes.get(self.first.data..).unwrap_or_default(), &[0xff, marker::EOI]).is_some()
    }

    /// What decodes the first scan, of a sequential picture that has no other.
    fn baseline<'c, P, S: AsRef<[u8]> + AsMut<[u8]>>(
        &'c self,
        cpu: P,
        canvas: &'c mut Sink<S>,
    ) -> Result<SingleScan<'c, P, S>> {
        let slots: Vec<usize> =
            self.frame.components.iter().map(|component| component.quantization).collect();
        SingleScan::new(cpu, &self.first, &self.tables, canvas, &slots)
    }

    /// The data of a scan, from `at` on.
    fn stream(&self, scan: &Scan, at: usize) -> Stream<'a> {
        let blocks = |coded: &scan_header::ScanComponent| {
            let component = &self.frame.components[coded.index];
            component.h * component.v
        };
        Stream::new(self.bytes, at, scan.components.iter().map(blocks).sum())
    }

    /// Reads all scans that matter into stores, then transforms them.
    fn decode_layers<P: Cpu>(
        &self,
        cpu: P,
        shapes: &[ComponentGeometry],
        (refined, ends, rows): (bool, bool, usize),
        canvas: &mut Sink,
        tolerance: &mut Tolerance,
        budget: &mut Budget<'_>,
    ) -> Result<()> {
        let frame = &self.frame;
        let mut stores = Vec::with_capacity(4);
        for (component, shape) in frame.components.iter().zip(shapes) {
            stores.push(CoefficientBuffer::new(frame, component, shape, rows, refined, budget)?);
        }
        let matter = self.scans_that_matter(&stores, refined, ends, tolerance)?;
        let mut tables = self.tables.clone();
        let mut latched: [Option<Box<Quantization>>; 4] = [None, None, None, None];
        let mut scan = self.first.clone();
        for (number, &(matters, end)) in matter.iter().enumerate() {
            for coded in &scan.components {
                let slot = frame.components[coded.index].quantization;
                if let Some(latched) = latched.get_mut(coded.index).filter(|latched| latched.is_none()) {
                    latched.clone_from(&tables.quantization[slot & 3]);
                }
            }
            if matters {
                let mut stream = self.stream(&scan, scan.data);
                match MultiScan::new(frame.progressive, &scan, &tables, &mut stores) {
                    Ok(mut layer) => {
                        let (stream, layer, interval) = (&mut stream, &mut layer, tables.restart_interval);
                        cpu.run(|| {
                            decode_scan(frame, &scan, stream, interval, 0..rows, layer, tolerance, budget)
                        })?;
                    }
                    Err(error) if !tolerance.accepts(scan.data, "a scan without its tables") => {
                        return Err(error);
                    }
                    Err(_) => {}
                }
            }
            if number + 1 < matter.len() {
                match self.next_scan(end, Some(&mut tables)) {
                    Ok(Some(next)) => scan = next,
                    Err(error) if !tolerance.accepts(end, "a broken table") => return Err(error),
                    _ => break,
                }
            }
        }
        for row in canvas.rows.start..canvas.rows.end {
            budget.check_interrupt(Stage::Decode)?;
            let turn = canvas.turn(row);
            for ((plane, store), table) in canvas.planes.iter_mut().zip(&stores).zip(&latched) {
                let table = match table.as_deref() {
                    Some(table) => table,
                    // All coefficients of a component without a scan are 0.
                    None if tolerance.is_damaged() => &[1; 64],
                    None => return Err(malformed(scan.data, "a scan without its quantization table")),
                };
                cpu.run(|| plane.put_row(cpu, store, row, turn, table));
            }
            canvas.finish_row(cpu, row);
        }
        budget.release(stores.iter().map(CoefficientBuffer::bytes).sum());
        Ok(())
    }

    /// The next scan from where the data of one end, if there is one; what stands between is taken into `tables`.
    fn next_scan(&self, end: usize, mut tables: Option<&mut Tables>) -> Result<Option<Scan>> {
        let mut at = end;
        while let Some(segment) = marker::next(self.bytes, at)? {
            at = segment.end();
            match segment.marker {
                marker::SOS => return Scan::parse(&segment, &self.frame).map(Some),
                marker if Frame::opens(marker) => {
                    return Err(malformed(segment.offset, "a second frame header"));
                }
                _ => {
                    if let Some(tables) = &mut tables {
                        tables.define(&segment)?;
                    }
                }
            }
        }
        Ok(None)
    }

    /// Of each scan, whether anything that is kept depends on it, and where its data end; refinements of a band count only where
    /// they are wanted. The last scan listed does, or is the first of a component, where its quantization table stands. Nothing
    /// is looked for behind the scan that completes the picture.
    fn scans_that_matter(
        &self,
        stores: &[CoefficientBuffer],
        refined: bool,
        ends: bool,
        tolerance: &mut Tolerance,
    ) -> Result<Vec<(bool, usize)>> {
        let (frame, mut scans) = (&self.frame, Vec::new());
        let (mut coverage, mut known) = (Coverage::new(frame), 0);
        let mut next = Some(self.first.clone());
        while let Some(scan) = next {
            if !frame.progressive && scan.components.iter().any(|coded| coverage.has_begun(coded.index)) {
                return Err(malformed(scan.data, "a second scan of one component"));
            }
            if coverage.add(&scan) {
                known = scans.len() + 1;
            }
            let end = marker::after_scan(self.bytes, scan.data);
            scans.push((scan, end));
            let max = frame.max_scans();
            if frame.progressive && scans.len() as u64 > max {
                let cause = Cause::Scans { scans: scans.len() as u64, max };
                return Err(Error::new(Stage::Decode, cause));
            }
            if coverage.is_complete() {
                break;
            }
            next = match self.next_scan(end, None) {
                Err(error) if !tolerance.accepts(end, "a broken segment behind a scan") => return Err(error),
                next => next.unwrap_or_default(),
            };
        }
        if !coverage.is_complete() && (!ends || !coverage.have_all_begun()) {
            let at = self.bytes.len();
            if !tolerance.accepts(at, "scans are missing") {
                return Err(malformed(at, "the end, but not all scans,"));
            }
            tolerance.lacks(usize::from(!coverage.has_begun(0)), 1);
        }
        // Backwards: a refinement goes by what all earlier scans of its band made of each block.
        let mut needed: Vec<u64> = stores.iter().map(CoefficientBuffer::kept).collect();
        let reads = |scan: &Scan| refined || scan.has_dc() || scan.high == 0;
        let mut matter: Vec<(bool, usize)> =
            scans.iter().rev().map(|(scan, end)| (reads(scan) && matters(scan, &mut needed), *end)).collect();
        matter.reverse();
        let used = matter.iter().rposition(|&(matters, _)| matters).map_or(0, |last| last + 1);
        matter.truncate(used.max(known));
        Ok(matter)
    }
}

/// Whether refinements of bands are read.
fn refined(scale: Scale, detail: Detail) -> bool {
    scale > Scale::Quarter || detail == Detail::Exact
}

fn matters(scan: &Scan, needed: &mut [u64]) -> bool {
    let band = u64::MAX >> (63 - (scan.end & 63)) & u64::MAX << (scan.start & 63);
    let mut matters = false;
    for coded in &scan.components {
        if let Some(needed) = needed.get_mut(coded.index).filter(|needed| **needed & band != 0) {
            matters = true;
            if scan.high > 0 {
                *needed |= band;
            }
        }
    }
    matters
}
