//! Which people of a list are asked for, as bodies: what somebody types to find a person is a
//! name, and names stay out of addresses and the logs of proxies (SECURITY R59).

use serde::{Deserialize, Serialize};
use visita_domain::HospitalId;
use visita_domain::people::{
    DoctorOrder, HospitalOrder, HospitalScope, PatientOrder, Role, UserOrder, UserState,
};

/// `POST /hospitals/search`
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchHospitals {
    /// Whose name or short name holds that text; all when it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub search: String,
    /// Those that take patients, which is what one gets without it, those that take none any more, or both.
    #[serde(default)]
    pub scope: HospitalScope,
    /// In which order; by name without it.
    #[serde(default)]
    pub order: HospitalOrder,
    /// Items of one page; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 100)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 4096)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub cursor: Option<String>,
}

/// `POST /users/search`
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchUsers {
    /// Whose name or address holds that text; all when it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub search: String,
    /// Of that role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// In that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// Of that hospital.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hospital_id: Option<HospitalId>,
    /// In which order; by name without it.
    #[serde(default)]
    pub order: UserOrder,
    /// Items of one page; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 100)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 4096)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub cursor: Option<String>,
}

/// `POST /doctors/search`
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchDoctors {
    /// Whose name or specialty holds that text; all when it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub search: String,
    /// Of exactly that specialty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub specialty: Option<String>,
    /// Who speak that language: a BCP 47 tag; `en` finds `en-GB` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub language: Option<String>,
    /// In that state. Only staff and admins ask for another than `active`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// In which order; by name without it.
    #[serde(default)]
    pub order: DoctorOrder,
    /// Items of one page; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 100)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 4096)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub cursor: Option<String>,
}

/// `POST /doctors/next-slots`
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchNextSlots {
    /// Whose name or specialty holds that text; all when it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub search: String,
    /// Of exactly that specialty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub specialty: Option<String>,
    /// Who speak that language: a BCP 47 tag; `en` finds `en-GB` too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub language: Option<String>,
    /// Most doctors; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 100)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub limit: Option<i64>,
}

/// `POST /patients/search`
#[derive(Clone, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "validate", derive(validator::Validate))]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SearchPatients {
    /// Whose name, address or record number holds that text; all when it is empty.
    #[serde(default)]
    #[cfg_attr(feature = "validate", validate(length(max = 200)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 200))]
    pub search: String,
    /// In that state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<UserState>,
    /// In which order; by name without it.
    #[serde(default)]
    pub order: PatientOrder,
    /// Items of one page; 50 without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(range(min = 1, max = 100)))]
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 100))]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "validate", validate(length(max = 4096)))]
    #[cfg_attr(feature = "openapi", schema(max_length = 4096))]
    pub cursor: Option<String>,
}
