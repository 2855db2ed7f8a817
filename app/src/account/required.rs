//! Checks required fields all at once, so that a form is sent back only once.

use shared::{Complaint, FieldError, Problem};

/// Reports every empty field; `extra` is a further error.
///
/// # Errors
/// [`Problem::Invalid`] when anything is wrong.
pub fn required(fields: &[(&str, &str)], extra: Option<(&str, Complaint)>) -> Result<(), Problem> {
    let empty = fields.iter().filter(|(_, value)| value.trim().is_empty()).map(|(field, _)| (*field, Complaint::Required));
    let errors: Vec<FieldError> =
        empty.chain(extra).map(|(field, complaint)| FieldError { field: field.to_owned(), complaint }).collect();
    if errors.is_empty() { Ok(()) } else { Err(Problem::Invalid { errors }) }
}
