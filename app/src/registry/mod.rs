//! Pages of the city's registers.

pub mod my_data;
