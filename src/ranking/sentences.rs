//! Reasons and blocks in words, in English and in simplified Chinese: pure functions of what was found, called for what is
//! shown and no more. Every kind has a sentence for and one against a video, and one that names a video where its evidence
//! does. Titles stand in the quotation marks of the sentence's language, and no sentence is longer than
//! [`SENTENCE_CHARACTERS`], whatever a title is.

use crate::domain::{
    Block, BlockKind, Circumstance, Company, Device, Evidence, Field, PartOfDay, Place, Reason, ReasonKind,
};

/// The longest sentence, in characters.
pub const SENTENCE_CHARACTERS: usize = 160;

/// Of a title, and of a tag or list of words, so much is shown.
const TITLE_CHARACTERS: usize = 60;
const WORDS_CHARACTERS: usize = 40;

/// What a sentence is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentenceLanguage {
    English,
    /// With simplified characters.
    Chinese,
}

/// The reason as a sentence without a full stop.
pub fn reason_sentence(reason: &Reason, language: SentenceLanguage) -> String {
    let speaks_for = reason.weight >= 0.0;
    let words = match language {
        SentenceLanguage::English => english(reason, speaks_for),
        SentenceLanguage::Chinese => chinese(reason, speaks_for),
    };
    shortened(&words, SENTENCE_CHARACTERS)
}

/// One of two sentences.
fn either(speaks_for: bool, one: &str, other: &str) -> String {
    (if speaks_for { one } else { other }).to_owned()
}

fn english(reason: &Reason, speaks_for: bool) -> String {
    let title = title_in(&reason.evidence, SentenceLanguage::English);
    let tag = words(&reason.evidence.tag);
    match (reason.kind, title) {
        (ReasonKind::Transitions, Some(title)) if speaks_for => format!("Often watched after {title}"),
        (ReasonKind::Transitions, _) => either(
            speaks_for,
            "Often watched after what you watched last",
            "Seldom watched after what you watched last",
        ),
        (ReasonKind::ItemNeighbours, Some(title)) if speaks_for => format!("Viewers of {title} also watched this"),
        (ReasonKind::ItemNeighbours, _) => either(
            speaks_for,
            "Watched together with what you watched",
            "Seldom watched together with what you watched",
        ),
        (ReasonKind::UserNeighbours, Some(title)) if speaks_for => {
            format!("Watched by others who, like you, watched {title}")
        }
        (ReasonKind::UserNeighbours, _) => {
            either(speaks_for, "Watched by viewers with a taste like yours", "Seldom watched by viewers like you")
        }
        (ReasonKind::Ease, Some(title)) if speaks_for => format!("Goes together with {title}"),
        (ReasonKind::Ease, _) => {
            either(speaks_for, "Goes together with what you watched", "Seldom goes together with what you watched")
        }
        (ReasonKind::Factors, Some(title)) if speaks_for => format!("Fits your taste, as {title} does"),
        (ReasonKind::Factors, _) => {
            either(speaks_for, "Fits what you like to watch", "Not quite what you like to watch")
        }
        (ReasonKind::GraphWalk, Some(title)) if speaks_for => format!("Watched a lot by viewers of {title}"),
        (ReasonKind::GraphWalk, _) => either(
            speaks_for,
            "Watched a lot by viewers of what you watched",
            "Seldom watched by viewers of what you watched",
        ),
        (ReasonKind::Popularity, _) => either(speaks_for, "Popular with other viewers", "Watched by few so far"),
        (ReasonKind::Trend, _) => either(speaks_for, "Watched by many lately", "Watched by few lately"),
        (ReasonKind::Context, _) => english_context(reason.evidence.circumstance, speaks_for),
        (ReasonKind::Content | ReasonKind::Interests, _) if speaks_for && !tag.is_empty() => {
            format!("More about {tag}")
        }
        (ReasonKind::Content, Some(title)) if speaks_for => format!("In the style of {title}"),
        (ReasonKind::Content, _) => {
            either(speaks_for, "In the style of what you watched", "Not much in the style of what you watched")
        }
        (ReasonKind::Taste, Some(title)) => match speaks_for {
            true => format!("Because you watched {title}"),
            false => format!("Not much like {title}, which you watched"),
        },
        (ReasonKind::Taste, None) => {
            either(speaks_for, "Because of other videos you watched", "Not much like other videos you watched")
        }
        (ReasonKind::Attention, Some(title)) if speaks_for => format!("Like {title}, which you watched lately"),
        (ReasonKind::Attention, _) => {
            either(speaks_for, "Like what you watched lately", "Not much like what you watched lately")
        }
        (ReasonKind::Interests, Some(title)) if speaks_for => format!("One of your interests, as {title} is"),
        (ReasonKind::Interests, _) => either(speaks_for, "One of your interests", "Not among your recent interests"),
        (ReasonKind::Freshness, _) => either(speaks_for, "Added lately", "Here for a while already"),
        (ReasonKind::Sequence, Some(title)) if speaks_for => format!("A next step after {title}"),
        (ReasonKind::Sequence, _) => {
            either(speaks_for, "A next step after what you watched", "Seldom a next step after what you watched")
        }
        (ReasonKind::Similar, title) => english_similar(reason, title, &tag, speaks_for),
        (ReasonKind::Title, _) => "Its title matches what you typed".to_owned(),
        (ReasonKind::Text, _) => {
            let field = english_field(reason.evidence.field);
            match speaks_for {
                true => format!("{field} close to what you searched for"),
                false => format!("{field} far from what you searched for"),
            }
        }
        (ReasonKind::Boost, _) => "Put forward by the service".to_owned(),
        (ReasonKind::Bury, _) => "Held back by the service".to_owned(),
        (ReasonKind::Pin, _) => "Given this place by the service".to_owned(),
        (ReasonKind::Impressions, _) => {
            either(speaks_for, "Not shown to you for a while", "Shown to you before and passed over")
        }
        (ReasonKind::Rotation, _) => either(speaks_for, "Its turn today", "Another's turn today"),
        (ReasonKind::NewPlace, _) => "A place kept for new videos".to_owned(),
        (ReasonKind::ExplorePlace, _) => "Something different to try".to_owned(),
        (ReasonKind::Diversity, _) => "For variety".to_owned(),
        (ReasonKind::Continue, _) => "Go on where you stopped".to_owned(),
        (ReasonKind::Next, Some(title)) => format!("The next one after {title}"),
        (ReasonKind::Next, None) => "The next episode".to_owned(),
        (ReasonKind::NewEpisode, Some(title)) => format!("A new episode of {title}"),
        (ReasonKind::NewEpisode, None) => "A new episode of what you watch".to_owned(),
        (ReasonKind::LeavingSoon, _) => "Leaving soon".to_owned(),
        (ReasonKind::OnNow, _) => "On now".to_owned(),
        (ReasonKind::NewForYou, _) => "New for you".to_owned(),
        (ReasonKind::Explore, _) => "Something different".to_owned(),
    }
}

fn english_similar(reason: &Reason, title: Option<String>, tag: &str, speaks_for: bool) -> String {
    let asked = title.unwrap_or_else(|| "the video you asked about".to_owned());
    let part = match reason.evidence.field {
        Some(Field::Title) => ", by its title",
        Some(Field::Description) => ", by its description",
        Some(Field::Tags) => ", by its tags",
        Some(Field::Comments) => ", by what viewers say",
        None => "",
    };
    match (speaks_for, tag) {
        (true, "") => format!("Like {asked}{part}"),
        (true, tag) => format!("About {tag}, like {asked}"),
        (false, _) => format!("Unlike {asked}{part}"),
    }
}

fn english_field(field: Option<Field>) -> &'static str {
    match field {
        Some(Field::Title) => "Its title is",
        Some(Field::Description) => "Its description is",
        Some(Field::Tags) => "Its tags are",
        Some(Field::Comments) => "What viewers say of it is",
        None => "It is",
    }
}

fn english_context(circumstance: Option<Circumstance>, speaks_for: bool) -> String {
    let often = if speaks_for { "Often" } else { "Seldom" };
    let when = match circumstance {
        Some(Circumstance::Time { is_weekend, part_of_day }) => {
            let week = if is_weekend { "weekend" } else { "weekday" };
            format!("on {week} {}", english_time(part_of_day))
        }
        Some(Circumstance::Device(device)) => english_device(device).to_owned(),
        Some(Circumstance::Place(place)) => english_place(place).to_owned(),
        Some(Circumstance::Company(company)) => english_company(company).to_owned(),
        None => "in such circumstances".to_owned(),
    };
    format!("{often} watched {when}")
}

fn english_time(part: PartOfDay) -> &'static str {
    match part {
        PartOfDay::Night => "nights",
        PartOfDay::EarlyMorning => "early mornings",
        PartOfDay::Morning => "mornings",
        PartOfDay::LateMorning => "late mornings",
        PartOfDay::EarlyAfternoon => "early afternoons",
        PartOfDay::Afternoon => "afternoons",
        PartOfDay::Evening => "evenings",
        PartOfDay::LateEvening => "late evenings",
    }
}

fn english_device(device: Device) -> &'static str {
    match device {
        Device::Tv => "on a television",
        Device::Phone => "on a phone",
        Device::Tablet => "on a tablet",
        Device::Computer => "on a computer",
        Device::Other | Device::Unknown => "on such a device",
    }
}

fn english_place(place: Place) -> &'static str {
    match place {
        Place::Home => "at home",
        Place::LivingRoom => "in the living room",
        Place::Bedroom => "in the bedroom",
        Place::Away => "away from home",
        Place::Travelling => "on the way",
        Place::Unknown => "in such a place",
    }
}

fn english_company(company: Company) -> &'static str {
    match company {
        Company::Alone => "alone",
        Company::Partner => "with a partner",
        Company::Family => "with the family",
        Company::Children => "by children",
        Company::Friends => "with friends",
        Company::Unknown => "in such company",
    }
}

fn chinese(reason: &Reason, speaks_for: bool) -> String {
    let title = title_in(&reason.evidence, SentenceLanguage::Chinese);
    let tag = words(&reason.evidence.tag);
    match (reason.kind, title) {
        (ReasonKind::Transitions, Some(title)) if speaks_for => format!("看完{title}后，很多人接着看这部"),
        (ReasonKind::Transitions, _) => {
            either(speaks_for, "看完你最近看的内容后，很多人接着看这部", "看完你最近看的内容后，很少有人接着看这部")
        }
        (ReasonKind::ItemNeighbours, Some(title)) if speaks_for => format!("看过{title}的观众也看过"),
        (ReasonKind::ItemNeighbours, _) => either(speaks_for, "看过这些内容的观众也常看", "看过这些内容的观众很少看"),
        (ReasonKind::UserNeighbours, Some(title)) if speaks_for => format!("和你一样看过{title}的观众在看"),
        (ReasonKind::UserNeighbours, _) => either(speaks_for, "与你口味相近的观众在看", "与你口味相近的观众很少看"),
        (ReasonKind::Ease, Some(title)) if speaks_for => format!("适合与{title}搭配观看"),
        (ReasonKind::Ease, _) => either(speaks_for, "适合与你看过的内容搭配观看", "与你看过的内容不太搭配"),
        (ReasonKind::Factors, Some(title)) if speaks_for => format!("和{title}一样合你的口味"),
        (ReasonKind::Factors, _) => either(speaks_for, "合你的口味", "不太合你的口味"),
        (ReasonKind::GraphWalk, Some(title)) if speaks_for => format!("在看过{title}的观众中很受欢迎"),
        (ReasonKind::GraphWalk, _) => either(speaks_for, "在看过同样内容的观众中很受欢迎", "看过同样内容的观众很少看"),
        (ReasonKind::Popularity, _) => either(speaks_for, "深受其他观众欢迎", "看过的人还不多"),
        (ReasonKind::Trend, _) => either(speaks_for, "最近很多人在看", "最近看的人不多"),
        (ReasonKind::Context, _) => chinese_context(reason.evidence.circumstance, speaks_for),
        (ReasonKind::Content | ReasonKind::Interests, _) if speaks_for && !tag.is_empty() => {
            format!("更多关于“{}”的内容", within(&tag, ('“', '”'), ('‘', '’')))
        }
        (ReasonKind::Content, Some(title)) if speaks_for => format!("与{title}风格相近"),
        (ReasonKind::Content, _) => either(speaks_for, "与你看过的内容风格相近", "与你看过的内容风格不同"),
        (ReasonKind::Taste, Some(title)) => match speaks_for {
            true => format!("因为你看过{title}"),
            false => format!("与你看过的{title}不太相近"),
        },
        (ReasonKind::Taste, None) => either(speaks_for, "因为你看过的其他内容", "与你看过的其他内容不太相近"),
        (ReasonKind::Attention, Some(title)) if speaks_for => format!("与你最近看过的{title}相近"),
        (ReasonKind::Attention, _) => either(speaks_for, "与你最近看过的内容相近", "与你最近看过的内容不太相近"),
        (ReasonKind::Interests, Some(title)) if speaks_for => format!("和{title}一样，是你感兴趣的内容"),
        (ReasonKind::Interests, _) => either(speaks_for, "你感兴趣的内容", "与你最近的兴趣不太相近"),
        (ReasonKind::Freshness, _) => either(speaks_for, "最近上线", "上线已有一段时间"),
        (ReasonKind::Sequence, Some(title)) if speaks_for => format!("看完{title}，接下来适合看这部"),
        (ReasonKind::Sequence, _) => {
            either(speaks_for, "看完这些内容，接下来适合看这部", "看完这些内容的观众很少接着看")
        }
        (ReasonKind::Similar, title) => chinese_similar(reason, title, &tag, speaks_for),
        (ReasonKind::Title, _) => "标题与你输入的文字相符".to_owned(),
        (ReasonKind::Text, _) => {
            let field = chinese_field(reason.evidence.field);
            format!("{field}与你搜索的内容{}", if speaks_for { "相近" } else { "相差较远" })
        }
        (ReasonKind::Boost, _) => "平台力荐".to_owned(),
        (ReasonKind::Bury, _) => "平台调低了排序".to_owned(),
        (ReasonKind::Pin, _) => "平台指定位置".to_owned(),
        (ReasonKind::Impressions, _) => either(speaks_for, "有一段时间没向你展示", "曾向你展示而你没有观看"),
        (ReasonKind::Rotation, _) => either(speaks_for, "今天轮到它", "今天轮到其他内容"),
        (ReasonKind::NewPlace, _) => "为新内容保留的位置".to_owned(),
        (ReasonKind::ExplorePlace, _) => "换个口味试试".to_owned(),
        (ReasonKind::Diversity, _) => "让列表更多样".to_owned(),
        (ReasonKind::Continue, _) => "继续观看".to_owned(),
        (ReasonKind::Next, Some(title)) => format!("{title}之后的下一集"),
        (ReasonKind::Next, None) => "下一集".to_owned(),
        (ReasonKind::NewEpisode, Some(title)) => format!("{title}有新的一集"),
        (ReasonKind::NewEpisode, None) => "你在追的剧集有更新".to_owned(),
        (ReasonKind::LeavingSoon, _) => "即将下线".to_owned(),
        (ReasonKind::OnNow, _) => "正在播出".to_owned(),
        (ReasonKind::NewForYou, _) => "为你上新".to_owned(),
        (ReasonKind::Explore, _) => "换换口味".to_owned(),
    }
}

fn chinese_similar(reason: &Reason, title: Option<String>, tag: &str, speaks_for: bool) -> String {
    let asked = title.unwrap_or_else(|| "所选内容".to_owned());
    let field = match reason.evidence.field {
        None => "",
        field => chinese_field(field),
    };
    match (speaks_for, tag) {
        (true, "") => format!("{field}与{asked}相近"),
        (true, tag) => format!("与{asked}一样，也关于“{}”", within(tag, ('“', '”'), ('‘', '’'))),
        (false, _) => format!("{field}与{asked}不太相近"),
    }
}

fn chinese_field(field: Option<Field>) -> &'static str {
    match field {
        Some(Field::Title) => "标题",
        Some(Field::Description) => "简介",
        Some(Field::Tags) => "标签",
        Some(Field::Comments) => "评论",
        None => "内容",
    }
}

fn chinese_context(circumstance: Option<Circumstance>, speaks_for: bool) -> String {
    if let Some(Circumstance::Company(Company::Children)) = circumstance {
        return either(speaks_for, "孩子们常看", "孩子们很少看");
    }
    let often = if speaks_for { "常有人" } else { "很少有人" };
    let when = match circumstance {
        Some(Circumstance::Time { is_weekend, part_of_day }) => {
            format!("在{}{}", if is_weekend { "周末" } else { "工作日" }, chinese_time(part_of_day))
        }
        Some(Circumstance::Device(device)) => chinese_device(device).to_owned(),
        Some(Circumstance::Place(place)) => chinese_place(place).to_owned(),
        Some(Circumstance::Company(company)) => chinese_company(company).to_owned(),
        None => "在类似的场合".to_owned(),
    };
    format!("{often}{when}观看")
}

fn chinese_time(part: PartOfDay) -> &'static str {
    match part {
        PartOfDay::Night => "深夜",
        PartOfDay::EarlyMorning => "凌晨",
        PartOfDay::Morning => "早上",
        PartOfDay::LateMorning => "上午",
        PartOfDay::EarlyAfternoon => "午后",
        PartOfDay::Afternoon => "下午",
        PartOfDay::Evening => "晚上",
        PartOfDay::LateEvening => "夜间",
    }
}

fn chinese_device(device: Device) -> &'static str {
    match device {
        Device::Tv => "在电视上",
        Device::Phone => "在手机上",
        Device::Tablet => "在平板上",
        Device::Computer => "在电脑上",
        Device::Other | Device::Unknown => "在这类设备上",
    }
}

fn chinese_place(place: Place) -> &'static str {
    match place {
        Place::Home => "在家里",
        Place::LivingRoom => "在客厅",
        Place::Bedroom => "在卧室",
        Place::Away => "在外面",
        Place::Travelling => "在路上",
        Place::Unknown => "在这类地方",
    }
}

fn chinese_company(company: Company) -> &'static str {
    match company {
        Company::Alone => "独自",
        Company::Partner => "与伴侣一起",
        Company::Family => "与家人一起",
        Company::Children => "由孩子们",
        Company::Friends => "与朋友一起",
        Company::Unknown => "在类似的陪伴下",
    }
}

/// The cause as a sentence without a full stop.
pub fn block_sentence(block: &Block, language: SentenceLanguage) -> String {
    let sentence = match language {
        SentenceLanguage::English => english_block(block),
        SentenceLanguage::Chinese => chinese_block(block),
    };
    shortened(&sentence, SENTENCE_CHARACTERS)
}

fn english_block(block: &Block) -> String {
    let Block { found, asked, .. } = block;
    let text = words(&block.text);
    match block.kind {
        BlockKind::Age => format!("Blocked: for ages from {found}, the viewer's limit is {asked}"),
        BlockKind::AgeUnknown => format!("Blocked: its minimum age is not known, the viewer's limit is {asked}"),
        BlockKind::NotYetAvailable => "Blocked: it cannot be watched yet".to_owned(),
        BlockKind::Expired => "Blocked: it cannot be watched any more".to_owned(),
        BlockKind::Entitlement => "Blocked: it needs an entitlement that the viewer does not have".to_owned(),
        BlockKind::AudioLanguage => format!("Blocked: it has no sound in {text}"),
        BlockKind::SubtitleLanguage => format!("Blocked: it has no subtitles in {text}"),
        BlockKind::Kind => format!("Blocked: it is none of {text}"),
        BlockKind::AnyTag => format!("Blocked: it has none of the tags {text}"),
        BlockKind::MissingTag => format!("Blocked: it lacks the tag {text}"),
        BlockKind::ForbiddenTag => format!("Blocked: it has the tag {text}"),
        BlockKind::Hidden => "Blocked: the profile hid it".to_owned(),
        BlockKind::HiddenSeries => "Blocked: the profile hid its series".to_owned(),
        BlockKind::Snoozed => "Blocked: the profile put it off until later".to_owned(),
        BlockKind::Watched => "Blocked: the profile watched it already".to_owned(),
        BlockKind::Excluded => "Blocked: the query leaves it out".to_owned(),
        BlockKind::NoVector => "Blocked: its texts are not embedded yet".to_owned(),
        BlockKind::BelowMinScore => format!("Blocked: its score {found:.3} is below {asked:.3}"),
        BlockKind::NoTaste => "Blocked: the profile has watched and liked nothing yet".to_owned(),
    }
}

fn chinese_block(block: &Block) -> String {
    let Block { found, asked, .. } = block;
    let text = words(&block.text);
    match block.kind {
        BlockKind::Age => format!("已屏蔽：适合{found}岁及以上，观众年龄上限为{asked}岁"),
        BlockKind::AgeUnknown => format!("已屏蔽：适合年龄未知，观众年龄上限为{asked}岁"),
        BlockKind::NotYetAvailable => "已屏蔽：尚未上线".to_owned(),
        BlockKind::Expired => "已屏蔽：已经下线".to_owned(),
        BlockKind::Entitlement => "已屏蔽：观众没有观看所需的权益".to_owned(),
        BlockKind::AudioLanguage => format!("已屏蔽：没有所需语言的配音（{text}）"),
        BlockKind::SubtitleLanguage => format!("已屏蔽：没有所需语言的字幕（{text}）"),
        BlockKind::Kind => format!("已屏蔽：不属于所需类型（{text}）"),
        BlockKind::AnyTag => format!("已屏蔽：没有任何所需标签（{text}）"),
        BlockKind::MissingTag => format!("已屏蔽：缺少标签（{text}）"),
        BlockKind::ForbiddenTag => format!("已屏蔽：带有被排除的标签（{text}）"),
        BlockKind::Hidden => "已屏蔽：用户已将其隐藏".to_owned(),
        BlockKind::HiddenSeries => "已屏蔽：用户已隐藏该系列".to_owned(),
        BlockKind::Snoozed => "已屏蔽：用户已选择稍后再看".to_owned(),
        BlockKind::Watched => "已屏蔽：用户已经看过".to_owned(),
        BlockKind::Excluded => "已屏蔽：查询已将其排除".to_owned(),
        BlockKind::NoVector => "未列入：文本尚未向量化".to_owned(),
        BlockKind::BelowMinScore => format!("未列入：得分{found:.3}低于{asked:.3}"),
        BlockKind::NoTaste => "未列入：用户还没有看过或喜欢过任何内容".to_owned(),
    }
}

/// The title of the evidence's video in quotation marks; none where there is no video or it has no title.
fn title_in(evidence: &Evidence, language: SentenceLanguage) -> Option<String> {
    quoted(&evidence.video_title, language)
}

/// A title in the quotation marks of a language, on one line and not too long; none for an empty one.
pub fn quoted(title: &str, language: SentenceLanguage) -> Option<String> {
    let title = clean(title);
    if title.is_empty() {
        return None;
    }
    Some(match language {
        SentenceLanguage::English => {
            let bare = title.strip_prefix('“').and_then(|rest| rest.strip_suffix('”'));
            let bare = shortened(bare.unwrap_or(&title), TITLE_CHARACTERS);
            format!("“{}”", within(&bare, ('“', '”'), ('‘', '’')))
        }
        // Titles of works stand in angle brackets; within them single ones (GB/T 15834-2011, 4.15).
        SentenceLanguage::Chinese => {
            let bare = title.strip_prefix('《').and_then(|rest| rest.strip_suffix('》'));
            let bare = shortened(bare.filter(|bare| !bare.contains('《')).unwrap_or(&title), TITLE_CHARACTERS);
            format!("《{}》", within(&bare, ('《', '》'), ('〈', '〉')))
        }
    })
}

/// The text with the marks that will stand around it replaced by those for within.
fn within(text: &str, outer: (char, char), inner: (char, char)) -> String {
    let replaced = |c: char| {
        if c == outer.0 {
            inner.0
        } else if c == outer.1 {
            inner.1
        } else {
            c
        }
    };
    text.chars().map(replaced).collect()
}

/// A tag or a list of words as it is shown.
fn words(text: &str) -> String {
    shortened(&clean(text), WORDS_CHARACTERS)
}

/// The text in one line: without control characters and marks that turn the direction of what follows, white space single.
fn clean(text: &str) -> String {
    let is_turn = |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let shown = text.chars().filter(|c| !is_turn(*c));
    let line: String = shown.map(|c| if c.is_control() { ' ' } else { c }).collect();
    line.split_whitespace().collect::<Vec<&str>>().join(" ")
}

/// At most so many characters, with an ellipsis where some are left out.
fn shortened(text: &str, characters: usize) -> String {
    match text.char_indices().nth(characters) {
        None => text.to_owned(),
        Some(_) => text.chars().take(characters - 1).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANGUAGES: [SentenceLanguage; 2] = [SentenceLanguage::English, SentenceLanguage::Chinese];

    fn reason(kind: ReasonKind, weight: f32, evidence: Evidence) -> Reason {
        Reason { kind, weight, evidence }
    }

    fn both(reason: &Reason) -> [String; 2] {
        LANGUAGES.map(|language| reason_sentence(reason, language))
    }

    fn is_chinese(c: char) -> bool {
        ('\u{4E00}'..='\u{9FFF}').contains(&c)
    }

    /// Sentences of a language, whole and without words of the other.
    fn check([english, chinese]: &[String; 2]) {
        assert!(english.starts_with(|c: char| c.is_ascii_uppercase()) && !english.chars().any(is_chinese), "{english}");
        assert!(chinese.chars().any(is_chinese) && !chinese.contains(|c: char| c.is_ascii_alphabetic()), "{chinese}");
        for sentence in [english, chinese] {
            assert!(sentence.chars().count() <= SENTENCE_CHARACTERS && sentence.trim() == sentence, "{sentence}");
            assert!(
                !sentence.ends_with(['.', '。']) && !sentence.contains("“”") && !sentence.contains("《》"),
                "{sentence}"
            );
        }
    }

    #[test]
    fn every_kind_has_a_sentence_for_and_against_in_both_languages() {
        for kind in ReasonKind::ALL {
            for weight in [0.5, -0.5] {
                for evidence in [Evidence::default(), Evidence::video("v", "Heat")] {
                    let named = !evidence.video_title.is_empty();
                    let mut sentences = both(&reason(kind, weight, evidence));
                    if named {
                        assert!(!sentences[0].contains('“') || sentences[0].contains("“Heat”"), "{}", sentences[0]);
                        sentences[1] = sentences[1].replace("《Heat》", "《热》");
                    }
                    check(&sentences);
                }
            }
        }
        for kind in BlockKind::ALL {
            let block = Block { found: 18.0, asked: 12.0, text: "24".to_owned(), ..Block::plain(kind) };
            check(&LANGUAGES.map(|language| block_sentence(&block, language)));
        }
    }

    #[test]
    fn sentences_name_what_speaks_for_them() {
        let video = || Evidence::video("v", "深度学习基础");
        let taste = both(&reason(ReasonKind::Taste, 0.4, Evidence::video("v", "Deep Learning Basics")));
        assert_eq!(taste, ["Because you watched “Deep Learning Basics”", "因为你看过《Deep Learning Basics》"]);
        let tag = both(&reason(ReasonKind::Content, 0.4, Evidence { tag: "robots".to_owned(), ..video() }));
        assert_eq!(tag, ["More about robots", "更多关于“robots”的内容"]);
        let time = Circumstance::Time { is_weekend: false, part_of_day: PartOfDay::Evening };
        let context =
            both(&reason(ReasonKind::Context, 0.4, Evidence { circumstance: Some(time), ..Evidence::default() }));
        assert_eq!(context, ["Often watched on weekday evenings", "常有人在工作日晚上观看"]);
        let field = Evidence { field: Some(Field::Description), ..video() };
        let similar = both(&reason(ReasonKind::Similar, 0.4, field));
        assert_eq!(similar, ["Like “深度学习基础”, by its description", "简介与《深度学习基础》相近"]);
        let age = Block { found: 18.0, asked: 12.0, ..Block::plain(BlockKind::Age) };
        assert_eq!(block_sentence(&age, LANGUAGES[0]), "Blocked: for ages from 18, the viewer's limit is 12");
        assert_eq!(block_sentence(&age, LANGUAGES[1]), "已屏蔽：适合18岁及以上，观众年龄上限为12岁");
    }

    #[test]
    fn every_circumstance_has_words() {
        let times = PartOfDay::ALL.map(|part_of_day| Circumstance::Time { is_weekend: true, part_of_day });
        let devices = Device::ALL.iter().map(|device| Circumstance::Device(*device));
        let places = Place::ALL.iter().map(|place| Circumstance::Place(*place));
        let companies = Company::ALL.iter().map(|company| Circumstance::Company(*company));
        let all = times.into_iter().chain(devices).chain(places).chain(companies).map(Some).chain([None]);
        let mut said = std::collections::BTreeSet::new();
        for circumstance in all {
            let sentences = both(&reason(ReasonKind::Context, 1.0, Evidence { circumstance, ..Evidence::default() }));
            check(&sentences);
            said.insert(sentences);
        }
        // Devices without a name of their own are told by one sentence.
        assert_eq!(said.len(), 8 + Device::ALL.len() - 1 + Place::ALL.len() + Company::ALL.len() + 1);
    }

    #[test]
    fn marks_within_marks_change_and_long_or_wild_titles_do_not_matter() {
        let because = |title: &str| both(&reason(ReasonKind::Taste, 1.0, Evidence::video("v", title)));
        assert_eq!(because("The “A” Team")[0], "Because you watched “The ‘A’ Team”");
        assert_eq!(because("《三体》")[1], "因为你看过《三体》");
        assert_eq!(because("读《三体》")[1], "因为你看过《读〈三体〉》");
        assert_eq!(because("《三体》与《流浪地球》")[1], "因为你看过《〈三体〉与〈流浪地球〉》");
        assert_eq!(because(" a\n\u{202E}b\u{7}")[0], "Because you watched “a b”");
        for title in ["x".repeat(5_000), "影".repeat(1_000), "“".repeat(500), "e\u{301}".repeat(500)] {
            for sentence in because(&title) {
                assert!(sentence.chars().count() <= SENTENCE_CHARACTERS && sentence.contains('…'), "{sentence}");
            }
        }
        assert_eq!(because(" \u{200E}\n"), ["Because of other videos you watched", "因为你看过的其他内容"]);
    }
}
