//! Care (安养): calls for help, who is called in turn, who goes, and what is known of the person who called.

pub mod life;
