//! Room `notices`.
