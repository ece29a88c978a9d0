//! Customers and companies.

use std::collections::BTreeMap;

use rapport_model::Timestamp;
use rapport_model::people::Lifecycle;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Edit, Ref, answers, lists, record};

record! {
    /// A person who deals with the house.
    pub struct Customer {
        /// Their name; empty where it is not known.
        pub name: String,
        /// Where they stand.
        #[schema(schema_with = lists::lifecycle)]
        pub lifecycle: Lifecycle,
        /// The colleague who looks after them, by their short name.
        pub owner: Option<String>,
        /// The company they are of.
        pub company: Option<Ref>,
        /// By what they are known.
        pub known_by: Vec<KnownBy>,
        /// In which language they are written to, such as `en`.
        pub language: Option<String>,
        /// Where their clocks are, such as `Europe/Berlin`.
        pub zone: Option<String>,
        /// Words by which they are told apart.
        pub tags: Vec<String>,
        /// Fields that the house added.
        #[schema(value_type = Object)]
        pub attrs: BTreeMap<String, serde_json::Value>,
        /// How they feel, from −1 to 1; recent mails weigh more.
        pub mood: Option<f64>,
        /// What sort of customer they are.
        #[schema(schema_with = lists::maybe_segment)]
        pub segment: Option<String>,
        /// When they first wrote.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub first_contact: Option<Timestamp>,
        /// When they last wrote.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub last_in: Option<Timestamp>,
        /// When they were last written to.
        #[schema(value_type = Option<String>, format = DateTime)]
        pub last_out: Option<Timestamp>,
        /// How many mails they wrote.
        pub n_in: i64,
        /// How many they got.
        pub n_out: i64,
    }
}

/// By what somebody is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct KnownBy {
    /// `email`, `phone`, `domain`, or a chat.
    pub channel: String,
    /// The address, number or domain.
    pub value: String,
}

/// Somebody whom the house gets to know. A name or an address is needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct NewCustomer {
    /// Their name; else it is taken from the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    /// Their mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 254)]
    pub email: Option<String>,
    /// Their number, with its country or as it is dialled where the house is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 40)]
    pub phone: Option<String>,
    /// Their company: its number or id, or a name, of which one is made where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120)]
    pub company: Option<String>,
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lists::maybe_lifecycle)]
    pub lifecycle: Option<Lifecycle>,
    /// Who looks after them, by their short name; whoever asks, where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub owner: Option<String>,
    /// `en` or `zh`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 2, max_length = 8)]
    pub language: Option<String>,
    /// A zone such as `Europe/Berlin`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub zone: Option<String>,
    /// Words by which they are told apart; small letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
    /// What else is to be noted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4000)]
    pub note: Option<String>,
    /// Whether they are somebody else than those who are known and are much alike.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub anyway: bool,
}

/// What changes of a customer (RFC 7396): what is not named stays, null empties.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeCustomer {
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub name: Option<String>,
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lists::lifecycle)]
    pub lifecycle: Option<Lifecycle>,
    /// Who looks after them, by their short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// Their company: its number or id, or a name.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120)]
    pub company: Edit<String>,
    /// `en` or `zh`.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, min_length = 2, max_length = 8)]
    pub language: Edit<String>,
    /// A zone such as `Europe/Berlin`.
    #[serde(skip_serializing_if = "Edit::is_keep")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 64)]
    pub zone: Edit<String>,
    /// Words by which they are told apart; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20, nullable = false)]
    pub tags: Option<Vec<String>>,
    /// A further address; the earlier ones stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 254, nullable = false)]
    pub email: Option<String>,
    /// A further number.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 40, nullable = false)]
    pub phone: Option<String>,
}

record! {
    /// An organisation that customers belong to.
    pub struct Company {
        /// Its name.
        pub name: String,
        /// The colleague who looks after it, by their short name.
        pub owner: Option<String>,
        /// Its domains.
        pub known_by: Vec<KnownBy>,
        /// Words by which it is told apart.
        pub tags: Vec<String>,
        /// Fields that the house added.
        #[schema(value_type = Object)]
        pub attrs: BTreeMap<String, serde_json::Value>,
    }
}

/// A company that the house gets to know.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCompany {
    /// Its name.
    #[schema(min_length = 1, max_length = 120)]
    pub name: String,
    /// Its domain, such as `berg.example`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 253)]
    pub domain: Option<String>,
    /// Who looks after it, by their short name; whoever asks, where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub owner: Option<String>,
    /// Words by which it is told apart; small letters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 20)]
    pub tags: Vec<String>,
    /// Whether it is another than those that are known and are much alike.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub anyway: bool,
}

/// What changes of a company (RFC 7396): what is not named stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangeCompany {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, nullable = false)]
    pub name: Option<String>,
    /// Who looks after it, by their short name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64, nullable = false)]
    pub owner: Option<String>,
    /// Words by which it is told apart; all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 20, nullable = false)]
    pub tags: Option<Vec<String>>,
    /// A further domain.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 3, max_length = 253, nullable = false)]
    pub domain: Option<String>,
}

answers! {
    Customer, Customers, CustomerWritten;
    Company, Companies, CompanyWritten;
}
