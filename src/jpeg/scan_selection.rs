//! Which scans of a file must be decoded for the coefficients that are kept.
//!
//! In: a [`Header`] and the buffers to fill. Out: one [`SelectedScan`] per scan up to the last one
//! that counts. Must not know how scans are decoded.

use super::coefficients::CoefficientBuffer;
use super::error::malformed;
use super::header::Header;
use super::marker;
use super::scan_header::{Coverage, ScanHeader};
use crate::damage::Tolerance;
use crate::error::{Cause, Error, Result, Stage};

/// A scan of the file, in file order.
#[derive(Debug, Clone, Copy)]
pub(super) struct SelectedScan {
    /// Whether any coefficient that is kept depends on it.
    pub(super) needed: bool,
    /// Where its entropy-coded data end.
    pub(super) data_end: usize,
}

/// Lists the scans and marks those that are needed; refinement scans of a band count only if
/// `refined`. The list ends with the last needed scan or the last one that is the first of a
/// component, because its quantization table is latched there. The file is not searched beyond the
/// scan that completes the picture. `has_end` says whether the file has an EOI marker.
pub(super) fn select_scans(
    header: &Header<'_>,
    buffers: &[CoefficientBuffer],
    refined: bool,
    has_end: bool,
    tolerance: &mut Tolerance,
) -> Result<Vec<SelectedScan>> {
    let (frame, mut scans) = (&header.frame, Vec::new());
    let (mut coverage, mut latching) = (Coverage::new(frame), 0);
    let mut next = Some(header.first_scan.clone());
    while let Some(scan) = next {
        if !frame.progressive && scan.components.iter().any(|coded| coverage.has_begun(coded.index)) {
            return Err(malformed(scan.data_offset, "second scan of the same component"));
        }
        if coverage.add(&scan) {
            latching = scans.len() + 1;
        }
        let data_end = marker::scan_data_end(header.bytes, scan.data_offset);
        scans.push((scan, data_end));
        let max = frame.max_scans();
        if frame.progressive && scans.len() as u64 > max {
            let cause = Cause::Scans { scans: scans.len() as u64, max };
            return Err(Error::new(Stage::Decode, cause));
        }
        if coverage.is_complete() {
            break;
        }
        next = match header.next_scan(data_end, None) {
            Err(error) if !tolerance.accepts(data_end, "invalid segment after a scan") => return Err(error),
            next => next.unwrap_or_default(),
        };
    }
    if !coverage.is_complete() && (!has_end || !coverage.have_all_begun()) {
        let at = header.bytes.len();
        let missing = "scans missing at the end of the file";
        if !tolerance.accepts(at, missing) {
            return Err(malformed(at, missing));
        }
        tolerance.lacks(usize::from(!coverage.has_begun(0)), 1);
    }
    // Backwards, because a refinement depends on every earlier scan of its band.
    let mut kept: Vec<u64> = buffers.iter().map(CoefficientBuffer::kept_mask).collect();
    let is_read = |scan: &ScanHeader| refined || scan.has_dc() || scan.high == 0;
    let mut selected: Vec<SelectedScan> = scans
        .iter()
        .rev()
        .map(|&(ref scan, data_end)| SelectedScan {
            needed: is_read(scan) && is_needed(scan, &mut kept),
            data_end,
        })
        .collect();
    selected.reverse();
    let used = selected.iter().rposition(|scan| scan.needed).map_or(0, |last| last + 1);
    selected.truncate(used.max(latching));
    Ok(selected)
}

/// Whether `scan` codes any of the zigzag positions in `kept`, a bit mask per component. A
/// refinement adds its whole band to the mask: decoding it takes all earlier scans of the band.
fn is_needed(scan: &ScanHeader, kept: &mut [u64]) -> bool {
    let band = u64::MAX >> (63 - (scan.end & 63)) & u64::MAX << (scan.start & 63);
    let mut needed = false;
    for coded in &scan.components {
        if let Some(kept) = kept.get_mut(coded.index).filter(|kept| **kept & band != 0) {
            needed = true;
            if scan.high > 0 {
                *kept |= band;
            }
        }
    }
    needed
}
