//! Typed ids of rows: the id of an account cannot be passed where the id of a case is expected.
//!
//! Each type wraps a UUID and is stored, posted and shown as the bare UUID. New ids are made by the server
//! (`server::store::new_id`), since a UUID of version 7 needs a clock.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "orm", derive(sea_orm::DeriveValueType))]
        #[cfg_attr(feature = "orm", sea_orm(try_getable_array))]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The nil id: identifies no row.
            pub const NIL: Self = Self(Uuid::nil());

            /// Wraps a UUID that is known to identify such a row.
            #[must_use]
            pub const fn from_uuid(id: Uuid) -> Self {
                Self(id)
            }

            /// The bare UUID.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        #[cfg(feature = "orm")]
        impl sea_orm::TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, sea_orm::DbErr> {
                Err(sea_orm::DbErr::ConvertFromU64(stringify!($name)))
            }
        }
    )+};
}

ids! {
    /// An account (账号).
    AccountId,
    /// A natural person (自然人) known to the city.
    PersonId,
    /// An organisation (单位): department, dispatch centre, bank.
    OrganisationId,
    /// A role held in an organisation.
    MembershipId,
    /// A staff absence (缺勤).
    AbsenceId,
    /// An invitation of a member of staff.
    InvitationId,
    /// A mandate (委托).
    MandateId,
    /// A one-time code.
    CodeId,
    /// A case (办件) of any kind.
    CaseId,
    /// An event of a case.
    EventId,
    /// A form draft (草稿).
    DraftId,
    /// An uploaded file.
    UploadId,
    /// A notice in an inbox.
    NoticeId,
    /// A recorded read of a register.
    RegisterReadId,
    /// An entry of the record of administration.
    AdministrationId,
    /// A version of an escalation policy (升级策略).
    PolicyId,
    /// A shift of the weekly rota (排班).
    RotaId,
    /// An emergency contact (紧急联系人).
    ContactId,
    /// A device that may call for help (呼叫设备).
    DeviceId,
    /// A press of an emergency button (按下).
    PressId,
    /// An alert of an escalation step to one person (呼叫记录).
    AlertId,
    /// An offer of a call to a responder (派单).
    ResponderOfferId,
    /// A firm (企业).
    EnterpriseId,
    /// A bank's product (信贷产品).
    ProductId,
    /// A bank's offer for a financing demand (报价).
    OfferId,
    /// A consent (授权).
    ConsentId,
    /// A recorded read of consented data.
    FinanceReadId,
    /// A change of a bank's product.
    ProductChangeId,
}
