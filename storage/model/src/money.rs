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
    fn an_amount_is_written_with_its_own_decimals() {
        assert_eq!(Money::new(1_200_000, "eur").to_string(), "12,000.00 EUR");
        assert_eq!(Money::new(-5, "USD").to_string(), "-0.05 USD");
        assert_eq!(Money::new(1_234_567, "JPY").to_string(), "1,234,567 JPY");
        assert_eq!(Money::new(1500, "KWD").to_string(), "1.500 KWD");
    }
}
