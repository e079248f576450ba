//! A file's header: everything up to the first scan.
//!
//! In: a file. Out: [`Header`], which also finds later scans and opens their data. Must not know
//! how scans are decoded.

use memchr::memmem;

use super::color::{Coding, Hints};
use super::error::malformed;
use super::frame::Frame;
use super::marker;
use super::scan_header::{ScanComponent, ScanHeader};
use super::stream::Stream;
use super::tables::Tables;
use crate::error::Result;

/// A file and its parsed header.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) frame: Frame,
    /// As defined before the first scan.
    pub(super) tables: Tables,
    pub(super) coding: Coding,
    pub(super) first_scan: ScanHeader,
}

impl<'a> Header<'a> {
    /// Reads up to the first scan. A coding process that this decoder does not support is an error
    /// of kind `UnsupportedFormat`.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut tables, mut hints) = (Tables::new(), Hints::default());
        let mut frame: Option<Frame> = None;
        let mut at = 0;
        while let Some(segment) = marker::next_segment(bytes, at)? {
            at = segment.end();
            match segment.marker {
                marker::SOS => {
                    let Some(frame) = frame else {
                        return Err(malformed(segment.offset, "scan before any frame header"));
                    };
                    let first_scan = ScanHeader::parse(&segment, &frame)?;
                    let mut ids = [0; 4];
                    for (id, component) in ids.iter_mut().zip(&frame.components) {
                        *id = component.id;
                    }
                    let coding = Coding::new(&ids[..frame.components.len()], hints);
                    return Ok(Self { bytes, frame, tables, coding, first_scan });
                }
                marker if Frame::is_sof(marker) => {
                    if frame.replace(Frame::parse(&segment)?).is_some() {
                        return Err(malformed(segment.offset, "second frame header"));
                    }
                }
                marker::APP0 => hints.jfif |= segment.payload.starts_with(b"JFIF\0"),
                marker::APP14 if segment.payload.starts_with(b"Adobe") => {
                    hints.adobe = segment.payload.get(11).copied().or(hints.adobe);
                }
                _ => tables.define(&segment)?,
            }
        }
        Err(malformed(bytes.len(), "no scan before the end of the file"))
    }

    /// Whether the first scan is sequential and holds all components, so that blocks can be
    /// transformed as they are read.
    pub(super) fn is_single_scan(&self) -> bool {
        self.first_scan.components.len() == self.frame.components.len() && !self.frame.progressive
    }

    /// Whether there is an EOI marker anywhere after the start of the first scan's data.
    pub(super) fn has_end(&self) -> bool {
        let data = self.bytes.get(self.first_scan.data_offset..).unwrap_or_default();
        memmem::rfind(data, &[0xff, marker::EOI]).is_some()
    }

    /// The data of a scan, from byte `at` on.
    pub(super) fn stream(&self, scan: &ScanHeader, at: usize) -> Stream<'a> {
        let blocks = |coded: &ScanComponent| {
            let component = &self.frame.components[coded.index];
            component.h * component.v
        };
        Stream::new(self.bytes, at, scan.components.iter().map(blocks).sum())
    }

    /// The first scan header from byte `end` on, where the data of the scan before end, if there is
    /// one. Tables that are defined before it go into `tables`.
    pub(super) fn next_scan(
        &self,
        end: usize,
        mut tables: Option<&mut Tables>,
    ) -> Result<Option<ScanHeader>> {
        let mut at = end;
        while let Some(segment) = marker::next_segment(self.bytes, at)? {
            at = segment.end();
            match segment.marker {
                marker::SOS => return ScanHeader::parse(&segment, &self.frame).map(Some),
                marker if Frame::is_sof(marker) => {
                    return Err(malformed(segment.offset, "second frame header"));
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
}
