//! What the columns of a customers' table hold, by their names.

use super::csv::Csv;
use super::text::{fold, squeeze};
use super::{Entry, Kind};

/// Names of columns, squeezed and in lower case, by kind.
const NAMES: &[(Kind, &[&str])] = &[
    (
        Kind::Name,
        &[
            "name",
            "fullname",
            "contact",
            "contactname",
            "contactperson",
            "customer",
            "customername",
            "client",
            "clientname",
            "displayname",
            "person",
            "personname",
            "姓名",
            "名字",
            "全名",
            "联系人",
            "联系人姓名",
            "客户",
            "客户姓名",
            "客户名称",
        ],
    ),
    (Kind::GivenName, &["givenname", "givennames", "firstname", "forename", "fname", "first", "given", "名"]),
    (Kind::Surname, &["surname", "lastname", "familyname", "lname", "last", "family", "姓", "姓氏"]),
    (
        Kind::Company,
        &[
            "company",
            "companyname",
            "organisation",
            "organization",
            "organisationname",
            "organizationname",
            "org",
            "firm",
            "business",
            "businessname",
            "account",
            "accountname",
            "employer",
            "公司",
            "公司名称",
            "公司名",
            "企业",
            "企业名称",
            "单位",
            "单位名称",
            "机构",
            "名称",
        ],
    ),
    (
        Kind::Email,
        &[
            "email",
            "emailaddress",
            "mail",
            "mailaddress",
            "workemail",
            "邮箱",
            "电子邮箱",
            "电子邮件",
            "邮件",
            "邮箱地址",
            "邮件地址",
        ],
    ),
    (
        Kind::Phone,
        &[
            "phone",
            "phonenumber",
            "telephone",
            "telephonenumber",
            "tel",
            "mobile",
            "mobilephone",
            "mobilenumber",
            "cell",
            "cellphone",
            "workphone",
            "homephone",
            "电话",
            "电话号码",
            "手机",
            "手机号",
            "手机号码",
            "联系电话",
            "固话",
            "座机",
        ],
    ),
    (Kind::Website, &["website", "web", "url", "domain", "homepage", "site", "网站", "网址", "域名", "官网"]),
    (Kind::HouseNumber, &["streetnumber", "housenumber", "houseno", "streetno", "门牌号", "门牌"]),
    (
        Kind::Street,
        &[
            "address",
            "address1",
            "addressline1",
            "street",
            "streetaddress",
            "streetname",
            "addr",
            "addr1",
            "地址",
            "街道",
            "详细地址",
            "联系地址",
            "通讯地址",
        ],
    ),
    (Kind::AddressLine2, &["address2", "addressline2", "addr2", "street2", "地址2"]),
    (Kind::City, &["city", "town", "suburb", "locality", "place", "城市", "市", "区", "区县"]),
    (Kind::Postcode, &["postcode", "postalcode", "zip", "zipcode", "plz", "postal", "邮编", "邮政编码"]),
    (Kind::State, &["state", "province", "region", "county", "省", "省份", "州"]),
    (
        Kind::Birth,
        &["dateofbirth", "dob", "birthdate", "birthday", "birth", "出生日期", "生日", "出生年月", "出生"],
    ),
    (
        Kind::Identifier,
        &[
            "socsecid",
            "ssn",
            "socialsecuritynumber",
            "socialsecurityid",
            "nationalid",
            "taxid",
            "taxnumber",
            "vat",
            "vatid",
            "vatnumber",
            "passport",
            "passportnumber",
            "registrationnumber",
            "companynumber",
            "ico",
            "dic",
            "身份证",
            "身份证号",
            "身份证号码",
            "税号",
            "统一社会信用代码",
            "护照号",
        ],
    ),
];

/// Names of the column that names the rows; the first that a table has.
const ID_NAMES: &[&str] = &[
    "recid",
    "recordid",
    "id",
    "customerid",
    "customerno",
    "clientid",
    "contactid",
    "accountid",
    "编号",
    "客户编号",
    "序号",
];

fn normal(name: &str) -> String {
    squeeze(&fold(name))
}

/// Returns what a column of this name holds, or `None` of a name that is not known: such a column
/// is not compared. Case, blanks, dashes and underscores do not matter.
pub fn kind_of(name: &str) -> Option<Kind> {
    let name = normal(name);
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(kind, _)| *kind)
}

/// Returns which column names the rows, such as `rec_id`, `Customer ID` or `编号`; `None` when
/// none does.
pub fn id_column(header: &[String]) -> Option<usize> {
    let names: Vec<String> = header.iter().map(|name| normal(name)).collect();
    ID_NAMES.iter().find_map(|id| names.iter().position(|name| name == id))
}

/// Returns the rows of a table as entries. A row's id is its cell in the [`id_column`], or
/// `line 12` without one.
pub fn entries(csv: &Csv) -> Vec<Entry> {
    let id = id_column(&csv.header);
    let kinds: Vec<Option<Kind>> = csv.header.iter().map(|name| kind_of(name)).collect();
    let entry = |row: &super::csv::Row| {
        let name = id.map(|i| row.cells[i].trim()).filter(|name| !name.is_empty());
        let mut entry = Entry::new(name.map_or_else(|| format!("line {}", row.line), str::to_owned));
        for (kind, cell) in kinds.iter().zip(&row.cells) {
            if let Some(kind) = kind.filter(|_| !cell.is_empty()) {
                entry = entry.with(kind, cell.as_str());
            }
        }
        entry
    };
    csv.rows.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::super::csv::parse;
    use super::*;

    #[test]
    fn columns_are_known_by_their_names_in_both_languages() {
        let cases = [
            ("given_name", Some(Kind::GivenName)),
            ("First Name", Some(Kind::GivenName)),
            ("E-Mail", Some(Kind::Email)),
            ("邮箱", Some(Kind::Email)),
            ("姓名", Some(Kind::Name)),
            ("公司", Some(Kind::Company)),
            ("電話", Some(Kind::Phone)),
            ("soc_sec_id", Some(Kind::Identifier)),
            ("address_1", Some(Kind::Street)),
            ("address_2", Some(Kind::AddressLine2)),
            ("date_of_birth", Some(Kind::Birth)),
            ("rec_id", None),
            ("favourite colour", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(kind_of(name), expected, "{name}");
        }
    }

    #[test]
    fn rows_become_entries_with_an_id() {
        let csv = parse("name, id, colour, phone\nJan Novak, 7, red, 777\nAnn,, blue,\n").unwrap();
        let expected = vec![
            Entry::new("7").with(Kind::Name, "Jan Novak").with(Kind::Phone, "777"),
            Entry::new("line 3").with(Kind::Name, "Ann"),
        ];
        assert_eq!(entries(&csv), expected);
        assert_eq!(entries(&parse("姓名\n王小明\n").unwrap())[0].id, "line 2");
    }
}
