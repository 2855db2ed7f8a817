//! Pages about the city's registers.

pub mod my_data;
