//! Tables as CSV files for spreadsheets.

use crate::error::{Error, Result};
use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

/// Marks the file as UTF-8 (byte order mark), without which spreadsheets misread Chinese.
const UTF8_MARK: &[u8] = "\u{feff}".as_bytes();
/// First characters of a cell that spreadsheets take for a formula (OWASP, CSV injection).
const FORMULA_STARTS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A CSV file (RFC 4180) that is being written; every cell is quoted.
pub(crate) struct CsvFile(Writer<Vec<u8>>);

impl CsvFile {
    /// A file without rows.
    pub(crate) fn new() -> Self {
        let mut options = WriterBuilder::new();
        options.quote_style(QuoteStyle::Always).terminator(Terminator::CRLF);
        Self(options.from_writer(UTF8_MARK.to_vec()))
    }

    /// Adds a row. A cell that a spreadsheet would take for a formula is marked as text with an apostrophe.
    pub(crate) fn write_row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<()> {
        let cells = cells.iter().map(|cell| {
            let cell = cell.as_ref();
            if cell.starts_with(FORMULA_STARTS) { format!("'{cell}") } else { cell.to_owned() }
        });
        self.0.write_record(cells.map(String::into_bytes)).map_err(|e| Error::Io(e.into()))
    }

    /// The content of the file.
    pub(crate) fn finish(self) -> Result<String> {
        let bytes = self.0.into_inner().map_err(|e| Error::Io(e.into_error()))?;
        String::from_utf8(bytes).map_err(|e| Error::Broken(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formulas() {
        let mut file = CsvFile::new();
        file.write_row(&["a\"b", "=1+1", "高龄津贴"]).unwrap();
        file.write_row(&["", "-1", "a,\r\nb"]).unwrap();
        assert_eq!(file.finish().unwrap(), "\u{feff}\"a\"\"b\",\"'=1+1\",\"高龄津贴\"\r\n\"\",\"'-1\",\"a,\r\nb\"\r\n");
    }
}
