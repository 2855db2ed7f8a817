//! Devices that may call for help (呼叫设备).

use crate::coded_enum;

coded_enum! {
    /// What kind of device it is, as stored in `care_device.kind`.
    pub enum DeviceKind {
        /// A browser in which a resident signed in.
        Browser = "browser",
        /// A button that is worn or hangs on a wall (呼叫器).
        Button = "button",
    }
}
