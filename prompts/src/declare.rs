//! Declares texts: one line each makes the function, its types, and what the check knows.

use minijinja::Value;

use crate::locale::Locale;
use crate::slot::Slot;

/// A text that has a function.
pub(crate) struct Declared {
    /// Its name in `texts.txt`, and the function's.
    pub name: &'static str,
    /// Its variables.
    pub variables: fn() -> Vec<Variable>,
}

/// A variable of a text.
pub(crate) struct Variable {
    /// Its name in the text, and the argument's or field's.
    pub name: &'static str,
    /// Makes values to try the text with.
    pub samples: fn(&Locale) -> [Value; 2],
}

impl Variable {
    pub fn of<T: Slot>(name: &'static str) -> Self {
        Self { name, samples: T::samples }
    }
}

/// Makes a function on [`crate::Prompts`] for each text, and the list of them.
///
/// `fn name(a: &str, n: usize);` makes `prompts.name(language, a, n)`. With `-> Struct` the
/// variables become the fields of a struct, `prompts.name(language, &Struct { … })`: for texts
/// with so many that their order could be mistaken.
macro_rules! texts {
    ($list:ident: $($(#[$doc:meta])* fn $name:ident($($args:tt)*) $(-> $struct:ident)?;)*) => {
        $($crate::declare::text! { $(#[$doc])* fn $name($($args)*) $(-> $struct)?; })*

        /// The texts of this file.
        pub(crate) const $list: &[$crate::declare::Declared] =
            &[$($crate::declare::declared!(fn $name($($args)*) $(-> $struct)?)),*];
    };
}

macro_rules! text {
    ($(#[$doc:meta])* fn $name:ident($($var:ident: $type:ty),* $(,)?);) => {
        impl $crate::Prompts {
            $(#[$doc])*
            pub fn $name(&self, language: rapport_model::reading::Language $(, $var: $type)*) -> String {
                self.say(language, stringify!($name), |_locale, _context| {
                    $(_context.insert(stringify!($var), $crate::slot::Slot::value(&$var, _locale));)*
                })
            }
        }
    };
    ($(#[$doc:meta])* fn $name:ident($($var:ident: $type:ty),* $(,)?) -> $struct:ident;) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $struct<'a> {
            $(#[doc = concat!("Stands for `{{ ", stringify!($var), " }}`.")] pub $var: $type,)*
        }

        impl $crate::Prompts {
            $(#[$doc])*
            pub fn $name(&self, language: rapport_model::reading::Language, values: &$struct<'_>) -> String {
                self.say(language, stringify!($name), |locale, context| {
                    $(context.insert(stringify!($var), $crate::slot::Slot::value(&values.$var, locale));)*
                })
            }
        }

        impl $struct<'_> {
            fn variables() -> Vec<$crate::declare::Variable> {
                fn of<'a>(_: &'a ()) -> Vec<$crate::declare::Variable> {
                    vec![$($crate::declare::Variable::of::<$type>(stringify!($var)),)*]
                }
                of(&())
            }
        }
    };
}

macro_rules! declared {
    (fn $name:ident($($var:ident: $type:ty),* $(,)?)) => {
        $crate::declare::Declared {
            name: stringify!($name),
            variables: || vec![$($crate::declare::Variable::of::<$type>(stringify!($var)),)*],
        }
    };
    (fn $name:ident($($args:tt)*) -> $struct:ident) => {
        $crate::declare::Declared { name: stringify!($name), variables: $struct::variables }
    };
}

pub(crate) use {declared, text, texts};
