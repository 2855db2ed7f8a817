//! Actions of the buttons of a catalogue form.

use shared::{FieldErrorKind, Problem, ids::UploadId};

/// The value of the button named `act`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// Continue with the next page, or submit.
    Continue,
    /// Save and leave.
    Save,
    /// Add the chosen files.
    Upload,
    /// Remove a file.
    Drop {
        /// The file.
        upload: UploadId,
    },
    /// Add a row to a repeated block.
    Add {
        /// The block's id.
        block: &'a str,
    },
    /// Remove a row.
    Remove {
        /// The block's id.
        block: &'a str,
        /// The row's index.
        row: u16,
    },
}

impl<'a> Act<'a> {
    /// Parses it; an empty value is [`Self::Continue`].
    ///
    /// # Errors
    /// [`Problem::Invalid`] for any other value.
    pub fn parse(text: &'a str) -> Result<Self, Problem> {
        let id = |text: &'a str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            (!text.is_empty() && text.bytes().all(plain)).then_some(text)
        };
        let mut words = text.split(':');
        let read = match (words.next(), words.next(), words.next(), words.next()) {
            (Some("" | "continue"), None, ..) => Some(Self::Continue),
            (Some("save"), None, ..) => Some(Self::Save),
            (Some("upload"), None, ..) => Some(Self::Upload),
            (Some("drop"), Some(upload), None, _) => upload.parse().ok().map(|upload| Self::Drop { upload }),
            (Some("add"), Some(block), None, _) => id(block).map(|block| Self::Add { block }),
            (Some("remove"), Some(block), Some(row), None) => {
                id(block).zip(row.parse().ok()).map(|(block, row)| Self::Remove { block, row })
            }
            _ => None,
        };
        read.ok_or_else(|| Problem::field("", FieldErrorKind::Unknown))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_button_values_are_parsed() {
        assert_eq!(Act::parse(""), Ok(Act::Continue));
        assert_eq!(Act::parse("remove:members:2"), Ok(Act::Remove { block: "members", row: 2 }));
        assert_eq!(Act::parse("add:members"), Ok(Act::Add { block: "members" }));
        for bad in ["add:", "add:a b", "add:a\r\nb", "remove:a:-1", "drop:1", "send", "continue:1", "remove:a:1:2"] {
            assert!(Act::parse(bad).is_err(), "{bad}");
        }
    }
}
