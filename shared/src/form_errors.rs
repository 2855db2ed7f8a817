//! Collects the errors of a form while its fields are read, so that all of them are shown at once.

use crate::{FieldError, FieldErrorKind, Problem};

/// The errors of a form found so far, in the order in which its fields are read.
#[derive(Debug, Default)]
pub struct FormErrors {
    errors: Vec<FieldError>,
}

impl FormErrors {
    /// Takes the value of a field that was read; records the error otherwise.
    pub fn take<T>(&mut self, field: &str, read: Result<T, FieldErrorKind>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(kind) => {
                self.errors.push(FieldError { field: field.to_owned(), kind });
                None
            }
        }
    }

    /// Returns the value that was built from the fields if none of them had an error.
    ///
    /// # Errors
    /// [`Problem::Invalid`] with every recorded error.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.errors.is_empty() => Ok(value),
            _ => Err(Problem::Invalid { errors: self.errors }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_reported_in_the_order_of_reading() {
        let mut errors = FormErrors::default();
        let (first, second) = (errors.take("a", Err::<u8, _>(FieldErrorKind::Required)), errors.take("b", Ok(2)));
        assert_eq!((first, second, errors.take("c", Err::<u8, _>(FieldErrorKind::NotANumber))), (None, Some(2), None));
        let Err(Problem::Invalid { errors }) = errors.finish(second) else { panic!("accepted") };
        let fields: Vec<_> = errors.iter().map(|e| e.field.as_str()).collect();
        assert_eq!(fields, ["a", "c"]);
    }

    #[test]
    fn a_form_without_errors_gives_its_value() {
        let mut errors = FormErrors::default();
        let value = errors.take("a", Ok(1));
        assert_eq!(errors.finish(value), Ok(1));
    }
}
