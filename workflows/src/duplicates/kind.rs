//! The kinds of field that are compared.

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Kind {
    /// A whole name: `Jan Novak`, `Novak, Jan`, `王小明`; of a company, too, when it has a legal form.
    Name = 0,
    /// A given name, or several.
    GivenName = 1,
    /// A family name.
    Surname = 2,
    /// The name of a company.
    Company = 3,
    /// An e-mail address.
    Email = 4,
    /// A phone number.
    Phone = 5,
    /// A web site or domain.
    Website = 6,
    /// The number of a house.
    HouseNumber = 7,
    /// A street, or a whole address on one line.
    Street = 8,
    /// A second line of the address.
    AddressLine2 = 9,
    /// A city, town or suburb.
    City = 10,
    /// A postcode.
    Postcode = 11,
    /// A state or province.
    State = 12,
    /// A date of birth.
    Birth = 13,
    /// A number that identifies: of social security, of tax, of a register.
    Identifier = 14,
    /// Anything else that is worth comparing.
    Text = 15,
}

/// How many kinds there are.
pub(super) const N_KINDS: usize = 16;

impl Kind {
    /// Every kind, in the order in which a person reads them.
    pub const ALL: [Kind; N_KINDS] = [
        Kind::Name,
        Kind::GivenName,
        Kind::Surname,
        Kind::Company,
        Kind::Email,
        Kind::Phone,
        Kind::Website,
        Kind::HouseNumber,
        Kind::Street,
        Kind::AddressLine2,
        Kind::City,
        Kind::Postcode,
        Kind::State,
        Kind::Birth,
        Kind::Identifier,
        Kind::Text,
    ];

    /// Returns its name for a screen, such as `given name`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::GivenName => "given name",
            Self::Surname => "surname",
            Self::Company => "company",
            Self::Email => "e-mail",
            Self::Phone => "phone",
            Self::Website => "website",
            Self::HouseNumber => "house number",
            Self::Street => "street",
            Self::AddressLine2 => "address line 2",
            Self::City => "city",
            Self::Postcode => "postcode",
            Self::State => "state",
            Self::Birth => "date of birth",
            Self::Identifier => "number",
            Self::Text => "text",
        }
    }
}
