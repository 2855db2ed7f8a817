//! Deliveries (送达) of notices outside the inbox.

use crate::coded_enum;

coded_enum! {
    /// How a notice is delivered, as stored in `delivery.channel`.
    pub enum Channel {
        /// By e-mail (电子邮件).
        Email = "email",
        /// By text message (短信).
        Sms = "sms",
    }
}

coded_enum! {
    /// How far a delivery has come, as stored in `delivery.state`.
    pub enum DeliveryState {
        /// Being sent (发送中).
        Sending = "sending",
        /// Sent (已发送).
        Sent = "sent",
        /// Given up (失败).
        Failed = "failed",
    }
}
