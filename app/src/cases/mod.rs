//! Pages of cases (办件): the applicant's, the desk's and the auditors'.

pub mod applicant_actions;
pub mod audit;
pub mod case;
pub mod correct;
pub mod desk;
pub mod live;
pub mod mine;
pub mod sent;
pub mod status_view;
