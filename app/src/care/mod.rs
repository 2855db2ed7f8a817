//! Pages of elderly care (安养): emergency calls, dispatch, response, and the people cared for.

pub mod dispatch;
pub mod intake;
pub mod paths;
pub mod people;
pub mod response;
