//! Amounts of money in minor units.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in the currency's smallest unit: `{"minor":1200000,"currency":"EUR"}` is
/// 12,000.00 EUR.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// The amount in minor units (cents for EUR, yen for JPY).
    pub minor: i64,
    /// ISO 4217 code in capitals.
    pub currency: String,
}

impl Money {
    /// Makes an amount of `minor` units.
    pub fn new(minor: i64, currency: &str) -> Self {
        Self { minor, currency: currency.to_ascii_uppercase() }
    }

    /// Makes an amount of a plain decimal number such as `12000.5`. Nothing if it is none, has too many
    /// decimals for the currency, is out of range, or no currency is named.
    pub fn of_decimal(number: &str, currency: &str) -> Option<Self> {
        let (whole, part) = number.split_once('.').unwrap_or((number, ""));
        let currency = currency.to_ascii_uppercase();
        let digits = Self::exponent(&currency) as usize;
        let is_number = !whole.is_empty() && whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit());
        let part = part.trim_end_matches('0');
        if currency.is_empty() || !is_number || part.len() > digits {
            return None;
        }
        let minor = format!("{whole}{part:0<digits$}").parse().ok()?;
        Some(Self { minor, currency })
    }

    /// Returns how many decimals the currency has (ISO 4217): 0, 2 or 3.
    pub fn exponent(currency: &str) -> u32 {
        match currency {
            "JPY" | "KRW" | "VND" | "CLP" | "ISK" | "PYG" | "UGX" | "XAF" | "XOF" | "XPF" | "RWF" | "KMF"
            | "GNF" | "DJF" | "BIF" | "VUV" => 0,
            "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
            _ => 2,
        }
    }
}

impl fmt::Display for Money {
    /// Writes `12,000.00 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exponent = Self::exponent(&self.currency);
        let unit = 10_u64.pow(exponent);
        let minor = self.minor.unsigned_abs();
        let digits = (minor / unit).to_string();
        let mut whole = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                whole.push(',');
            }
            whole.push(digit);
        }
        let sign = if self.minor < 0 { "-" } else { "" };
        match exponent {
            0 => write!(f, "{sign}{whole} {}", self.currency),
            _ => write!(
                f,
                "{sign}{whole}.{:0width$} {}",
                minor % unit,
                self.currency,
                width = exponent as usize
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_number_becomes_minor_units() {
        let minor = |number, currency| Money::of_decimal(number, currency).map(|money| money.minor);
        assert_eq!(minor("12000", "EUR"), Some(1_200_000));
        assert_eq!(minor("12.5", "usd"), Some(1_250));
        assert_eq!(minor("1.500", "JPY"), None);
        assert_eq!(minor("12.00", "JPY"), Some(12));
        assert_eq!(minor("0.125", "KWD"), Some(125));
        for (number, currency) in
            [("", "EUR"), ("1e3", "EUR"), ("-5", "EUR"), ("5", ""), ("9".repeat(19).as_str(), "EUR")]
        {
            assert_eq!(minor(number, currency), None, "{number} {currency}");
        }
    }

    #[test]
    fn an_amount_is_written_with_its_own_decimals() {
        assert_eq!(Money::new(1_200_000, "eur").to_string(), "12,000.00 EUR");
        assert_eq!(Money::new(-5, "USD").to_string(), "-0.05 USD");
        assert_eq!(Money::new(1_234_567, "JPY").to_string(), "1,234,567 JPY");
        assert_eq!(Money::new(1500, "KWD").to_string(), "1.500 KWD");
    }
}
