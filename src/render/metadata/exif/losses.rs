//! What an edit of an EXIF block loses, as warnings: a few by name, the rest by number.
//!
//! In: directories and tags as they are found to be lost. Out: warnings, of which a hostile block cannot make many.

use super::scan::Room;
use crate::render::warning::Warning;

/// Tags that are named; cameras lose one or two.
const MAX_NAMED: usize = 8;

#[derive(Debug, Clone, Default)]
pub(super) struct Losses {
    warnings: Vec<Warning>,
    named: usize,
    unnamed: usize,
}

impl Losses {
    /// Notes that a directory is lost.
    pub(super) fn add(&mut self, what: &'static str, reason: &str) {
        let warning = Warning::MetadataDropped { what, reason: reason.to_owned() };
        if self.warnings.len() <= 2 * MAX_NAMED && !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    /// Notes that one entry is lost.
    pub(super) fn add_tag(&mut self, room: Room, tag: u16, reason: &str) {
        if self.named < MAX_NAMED {
            self.named = self.named.saturating_add(1);
            let directory = room.name().trim_start_matches("EXIF ");
            let name = known(room, tag).map(|name| format!(" ({name})")).unwrap_or_default();
            let reason = format!("{tag:#06x}{name} in {directory}: {reason}");
            self.warnings.push(Warning::MetadataDropped { what: "EXIF tag", reason });
        } else {
            self.unnamed = self.unnamed.saturating_add(1);
        }
    }

    /// All of them.
    pub(super) fn into_warnings(self) -> Vec<Warning> {
        let mut warnings = self.warnings;
        if self.unnamed > 0 {
            let reason = format!("{} more values are outside the block or overlap others", self.unnamed);
            warnings.push(Warning::MetadataDropped { what: "EXIF tag", reason });
        }
        warnings
    }
}

/// The names of the tags that are lost most often.
fn known(room: Room, tag: u16) -> Option<&'static str> {
    Some(match (room, tag) {
        (Room::Ifd0, 0x010e) => "ImageDescription",
        (Room::Ifd0, 0x010f) => "Make",
        (Room::Ifd0, 0x0110) => "Model",
        (Room::Ifd0, 0x011a) => "XResolution",
        (Room::Ifd0, 0x011b) => "YResolution",
        (Room::Ifd0, 0x0131) => "Software",
        (Room::Ifd0, 0x0132) => "DateTime",
        (Room::Ifd0, 0x013b) => "Artist",
        (Room::Ifd0, 0x8298) => "Copyright",
        (Room::Ifd0 | Room::Exif, 0xc4a5) => "PrintIM",
        (Room::Exif, 0x829a) => "ExposureTime",
        (Room::Exif, 0x9003) => "DateTimeOriginal",
        (Room::Exif, 0x9004) => "DateTimeDigitized",
        (Room::Exif, 0x927c) => "MakerNote",
        (Room::Exif, 0x9286) => "UserComment",
        (Room::Gps, 0x0002) => "GPSLatitude",
        (Room::Gps, 0x0004) => "GPSLongitude",
        _ => return None,
    })
}
