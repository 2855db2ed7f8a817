//! Pages of cases (办件): one's own, the desk's, and the auditors'.

pub mod act;
pub mod claim;
pub mod correct;
pub mod islands;
pub mod reveal;
pub mod wishes;

pub mod audit;
pub mod case;
pub mod desk_action;
pub mod desk_answers;
pub mod desk_case;
pub mod desk_clocks;
pub mod desk_keys;
pub mod desk_timeline;
pub mod live;
pub mod mine;
pub mod queue;
pub mod sent;
pub mod told;
