//! Whether characters can be a name: surnames, what firms are called, and what stands around them tell.

use std::sync::LazyLock;

use super::common;
use super::names::Name;
use super::referring::TITLES_BEHIND;
use super::typed::Typed;
use super::words::Class;

/// A name has at most so many characters.
const HAN_MAX: usize = 10;

/// Characters that no name has: what they do is grammar.
const NO_NAME: &str = "的了把给我你您他她它是在吗么什哪谁怎要这那着过被让叫请说再就都还和跟与从到于也但而或才最很太没不别给帮个些吧呢啊哦呗呀咯嘛，。、：；！？";

/// Common surnames, for names of two or three characters.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤欧韶洪柯尤施温戚葛骆甘祝盛曲鲁樊凌霍翟倪庄耿焦左涂鲍游翁岳齐梅聂兰庞殷辛池岑柳冉苗阮尚伍符穆萧滕娄佟解项季封褚鄢冼邝麦敖缪房鞠隋谷闵邢屠卓柴桂栾佘郁牟晏宁卫章裴祁纪俞窦费康傅詹屈";

/// Verbs that no name begins with but a company's.
const DOING: &str = "做开卖搞想去找打看问买跑送修装催回收写聊改换退拆停挂接弄整";

/// Verbs that stand behind whom they are done for, before a thing.
const SENDING: &str = "发寄报交付签提上下给拿补订谈聊约打";

/// Small words that stand behind a name oftener than they end it.
const MODAL: &str = "能会要想可都就也又还刚正先再来去到";

/// Surnames of two characters.
const LONG_SURNAMES: &[&str] =
    &["欧阳", "上官", "司马", "诸葛", "夏侯", "皇甫", "尉迟", "令狐", "慕容", "司徒", "公孙", "东方", "端木"];

/// What companies' names end with.
static COMPANY_ENDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    "公司 集团 科技 酒店 工厂 餐厅 商店 学校 医院 银行 实业 贸易 电子 网络 食品 \
     物流 设计 工作室 中心 饭店 超市 咖啡 机械 制造 软件 仪表 仪器 模具 印务 \
     印刷 建材 门窗 家具 家居 家纺 装饰 装潢 服饰 服装 纺织 医药 药业 制药 医疗 \
     器械 化工 钢铁 电器 电气 机电 重工 精密 精工 光电 能源 新能源 环保 五金 \
     包装 塑料 塑胶 橡胶 玻璃 陶瓷 汽配 汽修 轴承 电缆 灯饰 照明 农业 农场 生物 \
     教育 培训 传媒 文化 广告 影视 地产 置业 物业 建筑 建设 园林 旅行社 健身 \
     金融 保险 事务所 诊所 药店 幼儿园 大学 中学 小学 学院 研究所 研究院 商贸 \
     商行 商场 百货 便利店 茶业 茶楼 酒业 乳业 水产 烘焙 面馆 火锅 奶茶 餐饮 \
     民宿 宾馆 客栈 美容 母婴 玩具 乐器 文具 珠宝 眼镜 通信 通讯 数码 智能 \
     信息技术 供应链 货运 快运 航运 实验室 俱乐部 书店 花店 加工厂 机械厂 家电 渔具 农具 厨具 灯具 洁具 卫浴 皮具 箱包 鞋业 制衣 \
     电力 水务 燃气 城建 安防 消防 机床 铸造 管业 铝业 钢构 木业 纸业 油脂 粮油 果蔬 花卉 \
     苗木 种业 饲料 养殖 牧场 渔业 首饰 钟表 体育 户外 影院 会所 口腔 药房 家政 保洁 \
     租赁 生态 商城 驾校 车行 电商 文创 动漫 软装 日化 化妆品 律所 人力资源"
        .split(' ')
        .collect()
});

/// Firms with 的 in their names that everybody knows.
const BRANDS: &[&str] = &["美的"];

/// Returns the names that can start with token `from`, of each length.
pub(super) fn starting(typed: &Typed, from: usize) -> Vec<Name> {
    let mut names = Vec::new();
    for to in from + 1..=from + HAN_MAX {
        let i = to - 1;
        let grammar = NO_NAME.contains(typed.word(i)) && !(i == from + 1 && brand(typed, from));
        // 一下 stands behind a verb and is no part of a name.
        let briefly = ["一下", "一笔", "一句", "一条"].iter().any(|w| typed.phrase(i, w).is_some());
        if typed.class(i) != Some(Class::Han) || i > from && typed.gap(i) || grammar || briefly {
            break;
        }
        if typed.any(i, &["的"]) && !BRANDS.iter().any(|b| typed.phrase(from, b) == Some(to)) {
            continue;
        }
        let text: String = (from..to).map(|i| typed.word(i)).collect();
        let score = looks(typed, from, to, &text);
        // A title stands behind the name and is no part of it.
        let titled = TITLES_BEHIND.iter().find(|t| text.ends_with(**t) && text.len() > t.len());
        let score = titled.map_or(score, |title| score.max(0.8) + 0.2 * title.chars().count() as f32);
        names.push(Name { from, to, score });
    }
    names
}

/// Tells how much `text`, the tokens `from..to`, looks like a name where it stands.
fn looks(typed: &Typed, from: usize, to: usize, text: &str) -> f32 {
    let length = to - from;
    let ends = |end: &&str| text.ends_with(*end) && text.len() > end.len();
    let company = COMPANY_ENDS.iter().any(ends);
    let surname = SURNAMES.contains(typed.word(from)) || "小老阿大".contains(typed.word(from));
    let long = LONG_SURNAMES.iter().any(|name| text.starts_with(name) && text.len() > name.len());
    let mut score: f32 = match length {
        1 if matches!(text, "下" | "上" | "会" | "好") => -2.0,
        1 => -1.1,
        2 | 3 if surname => 1.0,
        3 | 4 if long => 1.0,
        // Of two that end like a company's name the longer is the whole of it.
        _ if company => 1.0 + 0.02 * length as f32,
        2..=4 => 0.6,
        5 | 6 => 0.1,
        _ => -0.5,
    };
    // 合同寄 is no name: it begins with a thing.
    let begins_common = |n: usize| is_common(typed, from, from + n);
    let thing = length > 2 && !company && (begins_common(2) || length > 3 && begins_common(3));
    if common::is_common(text) || thing {
        score -= 1.7;
    }
    // 做窗帘 is what somebody does.
    let firm = ["公司", "集团", "酒店"].iter().any(ends);
    if DOING.contains(typed.word(from)) && length > 1 && !firm {
        score -= 2.2;
    }
    if score <= 0.0 || typed.class(to) != Some(Class::Han) {
        return score;
    }
    let last = typed.word(to - 1);
    let acts = DOING.contains(last) || SENDING.contains(last);
    // A thing begins behind it, unless what seems its end is a verb: 林静电脑, but 给林静发合同.
    let thing_behind = is_common(typed, to, to + 2) || is_common(typed, to, to + 3);
    if thing_behind && !acts {
        score + 0.15
    } else if length > 2 && surname && (acts || MODAL.contains(last)) {
        score - 0.2
    } else if NO_NAME.contains(typed.word(to)) {
        score + 0.1
    } else if is_common(typed, to - 1, to + 1) {
        // 裴蕾现 ends in the middle of 现在.
        score - 0.3
    } else {
        score
    }
}

/// Tells whether tokens `from..to` are a common word.
fn is_common(typed: &Typed, from: usize, to: usize) -> bool {
    let word: String = (from..to).map(|i| typed.word(i)).collect();
    common::is_common(&word)
}

/// Tells whether 的 is a part of a company's name though it mostly is grammar: 美的集团, 蓝的咖啡.
/// Behind a surname it is grammar: 王的公司.
fn brand(typed: &Typed, from: usize) -> bool {
    /// So many characters may stand between it and what tells that it is a company.
    const BETWEEN: usize = 2;
    let known = BRANDS.iter().any(|brand| typed.phrase(from, brand).is_some());
    let ends = (from + 2..=from + 2 + BETWEEN)
        .any(|at| COMPANY_ENDS.iter().any(|end| typed.phrase(at, end).is_some()));
    typed.any(from + 1, &["的"]) && (known || ends && !SURNAMES.contains(typed.word(from)))
}
