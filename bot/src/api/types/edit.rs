//! A field of a change: left alone, emptied, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What becomes of a field (RFC 7396): it stays where it is not named, is emptied by null, or set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Edit<T> {
    /// It stays.
    #[default]
    Keep,
    /// It has no value any more.
    Clear,
    /// It has this value.
    Set(T),
}

impl<T> Edit<T> {
    /// Tells whether it stays.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns what it is set to: nothing inside where it is emptied, nothing at all where it stays.
    pub fn wanted(&self) -> Option<Option<&T>> {
        match self {
            Self::Keep => None,
            Self::Clear => Some(None),
            Self::Set(value) => Some(Some(value)),
        }
    }
}

impl<T> From<T> for Edit<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

impl<T: Serialize> Serialize for Edit<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Set(value) => value.serialize(to),
            Self::Keep | Self::Clear => to.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Edit<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Clear, Self::Set))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Change {
        #[serde(default, skip_serializing_if = "Edit::is_keep")]
        name: Edit<String>,
    }

    #[test]
    fn a_field_stays_is_emptied_or_is_set() {
        for (text, name) in [
            ("{}", Edit::Keep),
            (r#"{"name":null}"#, Edit::Clear),
            (r#"{"name":"Ann"}"#, Edit::Set("Ann".to_owned())),
        ] {
            let change: Change = serde_json::from_str(text).unwrap();
            assert_eq!(change.name, name);
            assert_eq!(serde_json::to_string(&change).unwrap(), text);
        }
    }
}
