//! Names of the metrics that modules record; `/metrics` describes them.

/// Counter of failed sign-ins: `metrics::counter!(SIGN_IN_FAILURES).increment(1)`.
pub const SIGN_IN_FAILURES: &str = "huimin_sign_in_failures_total";
/// Counter of alarms of emergency calls, by code.
pub const SOS_ALARMS: &str = "huimin_sos_alarms_total";
/// Delay of escalation steps in seconds.
pub const SOS_LATENESS: &str = "huimin_sos_lateness_seconds";
/// Overdue time of the most overdue escalation step, as seen by the auditor.
pub const SOS_OVERDUE: &str = "huimin_sos_overdue_seconds";
