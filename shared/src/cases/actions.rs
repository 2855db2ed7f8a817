//! Actions that every kind of case may have: assignment, notes among staff, logged views, withdrawal.

use super::flow::Action;

/// Claims a case from the queue (领取).
pub const CLAIM: Action = Action("claim");
/// Releases a case to the queue (退回队列).
pub const RELEASE: Action = Action("release");
/// Hands a case over to a colleague (转办).
pub const HAND_OVER: Action = Action("hand_over");
/// A note among colleagues (内部备注).
pub const NOTE: Action = Action("note");
/// A member of staff opened the record (调阅).
pub const VIEW: Action = Action("view");
/// Withdraws (撤回).
pub const WITHDRAW: Action = Action("withdraw");

crate::action_inputs! {
    /// Claims a case from the queue.
    Claim = CLAIM;
    /// Releases a case to the queue.
    Release = RELEASE;
    /// Hands a case over to a colleague.
    HandOver = HAND_OVER, {
        /// The colleague's account.
        colleague: String,
    };
    /// Adds a note among colleagues.
    Note = NOTE, {
        /// 1 to 1000 characters.
        note: String,
    };
    /// Opens the record, or shows one masked value of it.
    View = VIEW, {
        /// The path of the value that was shown; empty for the record as a whole.
        field: String,
        /// Whether its telephone numbers were shown in full.
        numbers: bool,
    };
    /// Withdraws the case.
    Withdraw = WITHDRAW;
}
