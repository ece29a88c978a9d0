//! Requests in Chinese: a verb and what is held of the writer in one sentence.

use rapport_model::privacy::DataRight;

/// What is held of a writer.
const HELD: &[&str] = &[
    "个人信息",
    "个人数据",
    "个人资料",
    "个人隐私数据",
    "我的信息",
    "我的数据",
    "我的资料",
    "我的全部信息",
    "我的所有信息",
    "我的全部数据",
    "我的所有数据",
    "我的全部资料",
    "我的所有资料",
    "我所有的信息",
    "我所有的数据",
    "我所有的资料",
    "我全部的资料",
    "关于我的",
    "我的敏感信息",
    "我个人的信息",
];
/// The same, where it is said to be personal: what is changed and sent every day is none of it.
const PERSONAL: &[&str] = &["个人信息", "个人数据", "个人资料", "个人隐私数据", "关于我的", "我的数据"];
const ACCOUNT: &[&str] = &["我的账号", "我的账户", "我的帐号", "我的帐户", "账号", "账户", "帐号", "帐户"];

const ERASE: &[&str] = &["删除", "删掉", "抹除", "清除", "销毁", "擦除", "移除", "抹去", "清空"];
const ACCESS: &[&str] = &[
    "查询",
    "查阅",
    "查看",
    "了解",
    "知道",
    "提供",
    "复制",
    "索取",
    "获取",
    "访问",
    "告知",
    "告诉我",
    "副本",
    "拷贝",
    "哪些",
    "什么",
    "发给我",
    "寄给我",
];
const CORRECT: &[&str] = &["更正", "改正", "纠正", "修正", "有误", "错误", "不准确", "修改"];
const NO_MORE: &[&str] = &["反对", "拒绝", "停止", "不同意", "不要再", "请勿", "禁止", "不再同意"];
const USE: &[&str] = &["处理", "使用", "画像", "营销", "推送", "自动化决策"];
const NOT: &[&str] =
    &["不要", "不得", "请勿", "禁止", "停止", "别", "不允许", "不同意", "拒绝", "反对", "勿"];
const SELL: &[&str] = &["出售", "贩卖", "出卖", "转卖", "售卖", "共享", "分享", "提供给第三方", "卖给"];
const PORTABLE: &[&str] = &["可携带", "可携", "机器可读", "通用格式", "转移", "结构化"];

/// Words that are a request by themselves.
const SAID: &[(&str, DataRight)] = &[
    ("被遗忘权", DataRight::Erase),
    ("删除权", DataRight::Erase),
    ("查阅权", DataRight::Access),
    ("知情权", DataRight::Access),
    ("更正权", DataRight::Correct),
    ("反对权", DataRight::Object),
    ("可携带权", DataRight::Portability),
    ("可携权", DataRight::Portability),
    ("撤回同意", DataRight::Object),
    ("撤回我的同意", DataRight::Object),
    ("撤回对处理", DataRight::Object),
    ("撤销授权", DataRight::Object),
];
/// Who says so asks for nothing.
const TOLD: &[&str] = &[
    "隐私政策",
    "隐私条款",
    "隐私声明",
    "如何保护",
    "怎么保护",
    "泄露",
    "泄漏",
    "不要删",
    "别删",
    "不用删",
    "请勿删",
];

pub(super) fn rights(sentence: &str) -> Vec<DataRight> {
    let has = |words: &[&str]| words.iter().any(|word| sentence.contains(word));
    if has(TOLD) {
        return Vec::new();
    }
    let mut found: Vec<DataRight> =
        SAID.iter().filter(|(said, _)| sentence.contains(said)).map(|(_, right)| *right).collect();
    let mut ask = |right, is_asked: bool| found.extend(is_asked.then_some(right));
    let (held, personal) = (has(HELD), has(PERSONAL));
    let erases = has(ERASE);
    let closes = sentence.contains("注销") && has(ACCOUNT);
    ask(DataRight::Erase, (erases && (held || sentence.contains("我的账"))) || closes);
    let sells = has(NOT) && has(SELL) && held;
    ask(DataRight::NoSale, sells);
    let restricts = sentence.contains("限制") && has(USE) && held;
    ask(DataRight::Restrict, restricts);
    let objects = has(NO_MORE) && has(USE) && held && !sells && !restricts;
    ask(DataRight::Object, objects);
    let corrects = has(CORRECT) && personal && !erases;
    ask(DataRight::Correct, corrects);
    let moves = has(PORTABLE) && held;
    ask(DataRight::Portability, moves);
    let asks_otherwise = sells || restricts || objects || corrects || moves;
    ask(
        DataRight::Access,
        has(ACCESS) && personal && !(asks_otherwise || erases && !sentence.contains("副本")),
    );
    found
}
