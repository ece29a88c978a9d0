//! What columns are called, in English and Chinese.

use super::{Field, Sort};
use crate::duplicates::Kind;
use crate::duplicates::header::kind_of;
use crate::duplicates::text::{fold, squeeze};

/// Names that mean the same whatever the rows are: squeezed, lower case, simplified.
const EVERYWHERE: &[(Field, &[&str])] = &[
    (Field::Number, &["number", "customernumber", "客户号"]),
    (
        Field::Lifecycle,
        &["lifecycle", "lifecyclestage", "leadstatus", "customerstatus", "生命周期", "客户状态", "客户类型"],
    ),
    (
        Field::Owner,
        &[
            "owner",
            "accountowner",
            "contactowner",
            "dealowner",
            "assignedto",
            "salesrep",
            "rep",
            "负责人",
            "所有人",
            "业务员",
            "销售",
            "销售代表",
            "跟进人",
        ],
    ),
    (Field::Language, &["language", "lang", "preferredlanguage", "语言"]),
    (Field::Zone, &["zone", "timezone", "tz", "时区"]),
    (Field::Tags, &["tags", "tag", "labels", "label", "groups", "categories", "标签", "分组", "标记"]),
    (
        Field::Note,
        &[
            "note",
            "notes",
            "comment",
            "comments",
            "remark",
            "remarks",
            "description",
            "备注",
            "说明",
            "描述",
            "附注",
        ],
    ),
    (
        Field::Since,
        &[
            "firstcontact",
            "customersince",
            "since",
            "created",
            "createdat",
            "createdate",
            "createddate",
            "datecreated",
            "创建时间",
            "创建日期",
            "建档时间",
            "首次联系",
        ],
    ),
    (Field::Country, &["country", "countrycode", "国家", "国家地区"]),
    (Field::Email, &["emails", "addresses", "email1", "email2", "secondaryemail", "备用邮箱"]),
    (Field::Phone, &["phones", "phone1", "phone2", "secondaryphone", "其他电话", "备用电话"]),
    (Field::Currency, &["currency", "currencycode", "币种", "货币"]),
    (
        Field::Product,
        &["product", "productname", "item", "itemname", "article", "产品", "产品名称", "商品", "商品名称"],
    ),
    (
        Field::Sku,
        &[
            "sku",
            "articlenumber",
            "itemnumber",
            "productcode",
            "productid",
            "货号",
            "商品编码",
            "产品编号",
            "产品编码",
        ],
    ),
    (Field::Quantity, &["quantity", "qty", "count", "pieces", "数量", "件数"]),
];

const COMPANIES: &[(Field, &[&str])] = &[
    (Field::Company, &["name", "title", "客户", "客户名称", "客户姓名"]),
    (Field::Domain, &["domainname", "companydomain", "公司域名"]),
];

const DEALS: &[(Field, &[&str])] = &[
    (
        Field::Title,
        &[
            "title",
            "name",
            "deal",
            "dealname",
            "opportunity",
            "opportunityname",
            "subject",
            "商机",
            "商机名称",
            "标题",
            "名称",
            "项目",
            "项目名称",
        ],
    ),
    (Field::Stage, &["stage", "dealstage", "salesstage", "status", "阶段", "销售阶段", "商机阶段", "状态"]),
    (
        Field::Amount,
        &[
            "amount",
            "value",
            "dealvalue",
            "dealamount",
            "sum",
            "total",
            "金额",
            "总金额",
            "预计金额",
            "成交金额",
        ],
    ),
    (
        Field::CloseAt,
        &[
            "closeat",
            "closedate",
            "expectedclose",
            "expectedclosedate",
            "closingdate",
            "预计成交日期",
            "预计成交时间",
            "成交日期",
            "结束日期",
        ],
    ),
    (Field::LostReason, &["lostreason", "reasonlost", "closedlostreason", "输单原因", "丢单原因"]),
];

const PRODUCTS: &[(Field, &[&str])] = &[
    (Field::Product, &["name", "title", "名称"]),
    (Field::Sku, &["id", "code", "number", "编号", "编码"]),
    (Field::Price, &["price", "unitprice", "listprice", "amount", "单价", "价格", "售价", "金额"]),
    (Field::Active, &["active", "enabled", "forsale", "在售", "启用", "是否启用"]),
];

const ORDERS: &[(Field, &[&str])] = &[
    (
        Field::Reference,
        &[
            "reference",
            "order",
            "ordernumber",
            "orderno",
            "orderid",
            "name",
            "number",
            "订单",
            "订单号",
            "订单编号",
            "单号",
        ],
    ),
    (
        Field::OrderState,
        &["state", "status", "orderstatus", "orderstate", "financialstatus", "状态", "订单状态"],
    ),
    (
        Field::Amount,
        &[
            "total",
            "amount",
            "ordertotal",
            "totalamount",
            "sum",
            "金额",
            "总金额",
            "订单金额",
            "总价",
            "实付金额",
        ],
    ),
    (
        Field::PlacedAt,
        &[
            "placedat",
            "date",
            "orderdate",
            "orderedat",
            "created",
            "createdat",
            "paidat",
            "下单时间",
            "下单日期",
            "订单时间",
            "订单日期",
            "日期",
        ],
    ),
    (Field::Product, &["lineitemname"]),
    (Field::Sku, &["lineitemsku"]),
    (Field::Quantity, &["lineitemquantity"]),
    (Field::Price, &["price", "unitprice", "lineitemprice", "单价", "价格"]),
];

const NOTES: &[(Field, &[&str])] = &[
    (
        Field::Text,
        &[
            "text",
            "body",
            "content",
            "note",
            "notes",
            "comment",
            "内容",
            "备注",
            "正文",
            "跟进内容",
            "跟进记录",
        ],
    ),
    (Field::At, &["at", "date", "time", "created", "createdat", "日期", "时间", "创建时间", "跟进时间"]),
];

const MESSAGES: &[(Field, &[&str])] = &[
    (Field::From, &["from", "sender", "fromaddress", "author", "发件人", "发送人", "发送者"]),
    (Field::To, &["to", "recipient", "recipients", "toaddress", "收件人", "接收人"]),
    (
        Field::At,
        &[
            "at",
            "date",
            "time",
            "sent",
            "sentat",
            "received",
            "receivedat",
            "timestamp",
            "时间",
            "日期",
            "发送时间",
        ],
    ),
    (Field::Subject, &["subject", "title", "topic", "主题", "标题"]),
    (Field::Text, &["text", "body", "message", "content", "内容", "正文", "消息"]),
];

/// Returns what a column of this name holds in a table of this sort; nothing of a name that is not known.
pub(super) fn named(sort: Sort, column: &str) -> Option<Field> {
    let name = squeeze(&fold(column));
    let of = |table: &[(Field, &[&str])]| {
        table.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
    };
    let own = match sort {
        Sort::Customers => &[],
        Sort::Companies => COMPANIES,
        Sort::Deals => DEALS,
        Sort::Products => PRODUCTS,
        Sort::Orders => ORDERS,
        Sort::Notes => NOTES,
        Sort::Messages => MESSAGES,
    };
    of(own).or_else(|| of(EVERYWHERE)).or_else(|| match kind_of(column)? {
        Kind::Name => Some(Field::Name),
        Kind::GivenName => Some(Field::GivenName),
        Kind::Surname => Some(Field::Surname),
        Kind::Company => Some(Field::Company),
        Kind::Email => Some(Field::Email),
        Kind::Phone => Some(Field::Phone),
        Kind::Website => Some(Field::Domain),
        Kind::Street => Some(Field::Address),
        Kind::City => Some(Field::City),
        Kind::Postcode => Some(Field::Postcode),
        Kind::State => Some(Field::State),
        _ => None,
    })
}

/// Returns what a table of this sort can use.
pub(super) fn fits(sort: Sort, field: Field) -> bool {
    use Field as F;
    let person = [F::Name, F::GivenName, F::Surname, F::Email, F::Phone, F::Company, F::Number];
    let place = [F::Address, F::City, F::Postcode, F::State, F::Country];
    match sort {
        Sort::Customers => {
            let own = [F::Domain, F::Lifecycle, F::Owner, F::Language, F::Zone, F::Tags, F::Note, F::Since];
            person.contains(&field) || place.contains(&field) || own.contains(&field)
        }
        Sort::Companies => {
            let own = [F::Company, F::Domain, F::Email, F::Phone, F::Owner, F::Tags, F::Note];
            place.contains(&field) || own.contains(&field)
        }
        Sort::Deals => {
            let own =
                [F::Title, F::Stage, F::Amount, F::Currency, F::CloseAt, F::Owner, F::LostReason, F::Note];
            person.contains(&field) || own.contains(&field)
        }
        Sort::Products => [F::Sku, F::Product, F::Price, F::Currency, F::Active].contains(&field),
        Sort::Orders => {
            let own = [
                F::Reference,
                F::OrderState,
                F::Amount,
                F::Currency,
                F::PlacedAt,
                F::Sku,
                F::Product,
                F::Quantity,
                F::Price,
            ];
            person.contains(&field) || own.contains(&field)
        }
        Sort::Notes => person.contains(&field) || [F::Text, F::At, F::Owner].contains(&field),
        Sort::Messages => [F::From, F::To, F::At, F::Subject, F::Text].contains(&field),
    }
}
