//! The table of commands: each is typed once, here.

use rapport_model::people::Role;

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Name {
    /// Search.
    Find,
    /// See one record.
    Show,
    /// See what happened with a customer.
    Timeline,
    /// See what was done to a record.
    History,
    /// Write something down.
    Note,
    /// Answer a customer.
    Reply,
    /// Have a machine draft an answer.
    Draft,
    /// Answer an invitation.
    Rsvp,
    /// Let a file go with an answer.
    Attach,
    /// Have the files that customers sent.
    Files,
    /// Look after a customer.
    Claim,
    /// Make a customer of somebody whom a mail brought in.
    Meet,
    /// Make or change a task.
    Task,
    /// List tasks.
    Tasks,
    /// Open or change a ticket.
    Ticket,
    /// List tickets.
    Tickets,
    /// Move a deal, or say where a customer stands.
    Stage,
    /// Make one record of two.
    Merge,
    /// Make two records of one that was merged.
    Split,
    /// See how things stand.
    Digest,
    /// Learn the reason of something.
    Why,
    /// Say what a message should have been read as.
    Correct,
    /// Take something back.
    Undo,
    /// Learn the commands.
    Help,
    /// Choose a language.
    Lang,
    /// Choose a zone.
    Tz,
    /// Have quiet.
    Dnd,
    /// Be told nothing of something.
    Mute,
    /// Be told everything of a record.
    Follow,
    /// Not any more.
    Unfollow,
    /// See who one is.
    Who,
    /// Come to the pages of the house.
    Page,
    /// Say whether an alert was of use.
    Useful,
    /// Release a chat account.
    Unlink,
    /// Be told the essence of a record.
    Summary,
    /// Learn what is best done next.
    Next,
    /// See figures.
    Report,
    /// See or steer what runs by itself.
    Workflow,
    /// Write to many.
    Campaign,
    /// Take customers out as a file.
    Export,
    /// Bring in a table that was sent into the chat.
    Import,
    /// Give a person what they may ask for.
    Privacy,
    /// Make a customer or a company.
    New,
    /// Change fields.
    Edit,
    /// Put on and take off tags.
    Tag,
    /// Let a colleague look after a record.
    Assign,
    /// Open a deal.
    Deal,
    /// List deals.
    Deals,
    /// See what the deals come to.
    Pipeline,
    /// Note a call or a meeting.
    Log,
    /// Say which company a customer is of.
    Link,
    /// Draft an answer from a text of the house.
    Template,
    /// Put a ticket out of sight for a while.
    Snooze,
}

/// What is the same for every use of a command.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Which command.
    pub name: Name,
    /// Its English word.
    pub word: &'static str,
    /// Its Chinese word.
    pub chinese: &'static str,
    /// Further words for it, in either language.
    pub aliases: &'static [&'static str],
    /// Whether it can change something.
    pub writes: bool,
    /// The least role that may use it at all; what changes something takes a rep besides.
    pub role: Role,
}

const fn reads(
    name: Name,
    word: &'static str,
    chinese: &'static str,
    aliases: &'static [&'static str],
) -> Spec {
    Spec { name, word, chinese, aliases, writes: false, role: Role::Viewer }
}

const fn writes(
    name: Name,
    word: &'static str,
    chinese: &'static str,
    aliases: &'static [&'static str],
) -> Spec {
    Spec { writes: true, role: Role::Rep, ..reads(name, word, chinese, aliases) }
}

/// What changes nothing but what the asker is told, and how: it takes no rep.
const fn own(
    name: Name,
    word: &'static str,
    chinese: &'static str,
    aliases: &'static [&'static str],
) -> Spec {
    Spec { writes: true, ..reads(name, word, chinese, aliases) }
}

/// Every command, in the order of the help.
pub const COMMANDS: &[Spec] = &[
    reads(Name::Find, "find", "找", &["search", "搜索", "查找", "搜"]),
    reads(Name::Show, "show", "看", &["open", "card", "查看", "看看", "打开"]),
    reads(Name::Timeline, "timeline", "时间线", &["往来"]),
    reads(Name::Summary, "summary", "总结", &["recap", "概括"]),
    reads(Name::History, "history", "历史", &["changes", "历史记录", "变更记录"]),
    writes(Name::New, "new", "新建", &["新增", "录入"]),
    writes(Name::Edit, "edit", "修改", &["编辑"]),
    writes(Name::Note, "note", "备注", &["记", "记下", "笔记"]),
    writes(Name::Log, "log", "记录", &[]),
    writes(Name::Tag, "tag", "标签", &["打标签"]),
    writes(Name::Reply, "reply", "回复", &["answer", "回信", "答复"]),
    writes(Name::Draft, "draft", "代拟", &["起草"]),
    writes(Name::Template, "template", "模板", &["templates"]),
    writes(Name::Rsvp, "rsvp", "答复邀请", &["邀请"]),
    writes(Name::Attach, "attach", "附件", &["添加附件"]),
    reads(Name::Files, "files", "文件", &["attachments", "附件列表"]),
    writes(Name::Claim, "claim", "认领", &[]),
    writes(Name::Meet, "meet", "认识", &[]),
    writes(Name::Assign, "assign", "分配", &["reassign", "指派"]),
    writes(Name::Task, "task", "任务", &["remind", "todo", "提醒", "提醒我"]),
    Spec {
        role: Role::Viewer, ..writes(Name::Tasks, "tasks", "任务列表", &["todos", "待办", "我的任务"])
    },
    Spec { role: Role::Viewer, ..writes(Name::Ticket, "ticket", "工单", &[]) },
    reads(Name::Tickets, "tickets", "工单列表", &["queue", "所有工单"]),
    writes(Name::Snooze, "snooze", "稍后", &["postpone", "推迟"]),
    own(Name::Follow, "follow", "关注", &["watch"]),
    own(Name::Unfollow, "unfollow", "取消关注", &["unwatch", "取关"]),
    writes(Name::Stage, "stage", "阶段", &["move", "改阶段"]),
    Spec { role: Role::Viewer, ..writes(Name::Deal, "deal", "商机", &["opportunity"]) },
    reads(Name::Deals, "deals", "商机列表", &["opportunities", "所有商机"]),
    reads(Name::Pipeline, "pipeline", "管道", &["funnel", "销售漏斗", "漏斗"]),
    writes(Name::Link, "link", "关联", &[]),
    writes(Name::Merge, "merge", "合并", &[]),
    writes(Name::Split, "split", "拆分", &["unmerge", "拆开"]),
    reads(Name::Next, "next", "下一步", &[]),
    reads(Name::Digest, "digest", "摘要", &["brief", "简报"]),
    reads(Name::Report, "report", "报表", &[]),
    Spec { writes: true, ..reads(Name::Workflow, "workflow", "自动化", &["workflows", "工作流"]) },
    reads(Name::Why, "why", "为什么", &["为何"]),
    writes(Name::Correct, "correct", "更正", &["relabel", "纠正"]),
    writes(Name::Undo, "undo", "撤销", &["oops", "撤回"]),
    Spec {
        role: Role::Manager,
        ..writes(Name::Campaign, "campaign", "群发", &["campaigns", "mailing", "群发活动"])
    },
    Spec { role: Role::Manager, ..writes(Name::Export, "export", "导出", &[]) },
    Spec { role: Role::Manager, ..writes(Name::Import, "import", "导入", &[]) },
    Spec { role: Role::Manager, ..writes(Name::Privacy, "privacy", "隐私", &["gdpr"]) },
    own(Name::Dnd, "dnd", "免打扰", &["勿扰", "quiet"]),
    own(Name::Mute, "mute", "静音", &["屏蔽"]),
    own(Name::Useful, "useful", "有用", &[]),
    own(Name::Lang, "lang", "语言", &["language"]),
    own(Name::Tz, "tz", "时区", &["timezone"]),
    reads(Name::Who, "who", "我是谁", &["whoami", "谁"]),
    own(Name::Page, "page", "网页", &["login", "登录"]),
    own(Name::Unlink, "unlink", "解绑", &[]),
    reads(Name::Help, "help", "帮助", &["?", "？", "commands"]),
];

/// Words that change a task or ticket, or answer an invitation, and may stand before its number, with the word that the
/// command itself has for it.
pub(super) const VERBS: &[(&str, Name, &str)] = &[
    ("close", Name::Ticket, "close"),
    ("关闭", Name::Ticket, "close"),
    ("reopen", Name::Ticket, "reopen"),
    ("重新打开", Name::Ticket, "reopen"),
    ("重开", Name::Ticket, "reopen"),
    ("take", Name::Ticket, "take"),
    ("done", Name::Task, "done"),
    ("完成", Name::Task, "done"),
    ("accept", Name::Rsvp, "yes"),
    ("接受", Name::Rsvp, "yes"),
    ("decline", Name::Rsvp, "no"),
    ("谢绝", Name::Rsvp, "no"),
];

impl Spec {
    /// Finds a command by its English or Chinese word, or by an alias.
    pub fn by_word(word: &str) -> Option<&'static Spec> {
        COMMANDS.iter().find(|spec| spec.words().any(|w| w == word))
    }

    /// Returns every word for it.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        [self.word, self.chinese].into_iter().chain(self.aliases.iter().copied())
    }
}

impl Name {
    /// Returns what is the same for every use of the command.
    pub fn spec(self) -> &'static Spec {
        COMMANDS.iter().find(|s| s.name == self).expect("a test finds each name in the table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_means_one_command_and_the_help_knows_each() {
        let words: Vec<&str> =
            COMMANDS.iter().flat_map(Spec::words).chain(VERBS.iter().map(|v| v.0)).collect();
        for (i, word) in words.iter().enumerate() {
            assert!(!words[..i].contains(word), "{word}");
        }
        let helped: Vec<&str> = COMMANDS.iter().map(|s| s.word).collect();
        assert_eq!(helped, rapport_prompts::COMMANDS);
    }
}
