//! How people say each command: a table of phrases, and the matcher that reads it. Must not know what commands do.
//!
//! A phrase is words; `a|b` are alternatives, `[x]` may be left out, `#` is a step number; `~` before it is any of
//! [`WISHES`]. A phrase must be the whole utterance, apart from [`LEADING`] and [`TRAILING`] politeness: a question that only
//! contains one is no command.

use std::sync::LazyLock;

use super::Command;

/// A phrase and what it means; `None` for [`Command::GoToStep`], whose number is heard.
type Row = (&'static [&'static str], Option<Command>);

/// What people say before a command.
pub(super) const LEADING: &[&str] = &[
    "okay",
    "ok",
    "alright",
    "all right",
    "right",
    "so",
    "now",
    "um",
    "uh",
    "er",
    "well",
    "hey",
    "please",
    "and",
    "then",
    "good",
    "great",
    "perfect",
    "thanks",
    "thank you",
    "fieldwright",
    "just",
    "can you",
    "could you",
    "would you",
    "will you",
    "can we",
    "can i",
    "could i",
    "could we",
    "let us",
    "let me",
    "i want to",
    "i would like to",
    "i want you to",
    "i need to",
    "i need you to",
    "yes please",
    "go ahead and",
    "oh",
    "sorry",
    "hm",
    "hmm",
];

/// What people say after a command.
pub(super) const TRAILING: &[&str] = &[
    "please",
    "now",
    "thanks",
    "thank you",
    "for me",
    "okay",
    "ok",
    "fieldwright",
    "sir",
    "right now",
    "will you",
    "would you",
    "again please",
];

/// What people say before what they want to see or hear. Without it "see image three" is no command.
const WISHES: &[&str] = &["let me|us", "can|could i|we", "i want|need to", "i would like to"];

/// The table.
const GRAMMAR: &[Row] = &[
    (
        &[
            "next [step|one]",
            "[the] next step|one",
            "go|move|continue|proceed|skip|advance on|forward|ahead|over to [the] next [step|one]",
            "go|move|continue|proceed|advance to [the] next [step|one]",
            "go|move on [to] [the] [next] [step|one]",
            "go|move forward",
            "proceed|advance|forward|onward",
            "what is [the] next [step|one]",
            "what is|comes after this",
            "what comes next",
            "what do i do next|now",
            "what next|now",
            "then what",
            "show|give|read|tell me the next step|one",
            "ready for [the] next [step|one]",
            "i am ready for [the] next [step|one]",
            "i am ready",
            "done|finished|completed [next]",
            "all done",
            "done|finished|completed with this|that|it [step] [next]",
            "i am done|finished [with] [this|that|it] [step] [next]",
            "that|it|this is done|finished|completed [next]",
            "i have done that|it|this [next]",
            "i did it|that [next]",
            "step|that done|complete|completed|finished [next]",
            "step is done|complete|completed|finished [next]",
            "this|that step is done|complete|completed|finished",
        ],
        Some(Command::Next),
    ),
    (
        &[
            "back",
            "go|move|step|jump|take back [a|one] [step]",
            "back [up] [a|one] [step]",
            "go|move|jump back to [the] previous|last [step|one]",
            "go|move to [the] previous [step|one]",
            "[the] previous [step|one]",
            "[the] step before",
            "[the] one before",
            "the step before this|that [one]",
            "show|give|read me the previous step|one",
            "take me back",
            "what was the previous|last step",
            "previous",
        ],
        Some(Command::Back),
    ),
    (
        &[
            "repeat [that|it|this] [step|instruction] [again]",
            "repeat the|this|that|last step|instruction|instructions [again]",
            "repeat the last step|instruction|one",
            "say it|that|this [step] again|slowly",
            "say again [all] [after]",
            "say that|it one|once more [time]",
            "read it|that|this [again]",
            "read it|that|this to me [again]",
            "read [me] the|this|that [step|instruction] [again]",
            "read|say the|this|that step|instruction one more time",
            "again",
            "once|one more [time]",
            "one more time",
            "come again",
            "what was that [again]",
            "what did you say",
            "pardon [me]",
            "i did not catch|hear|get|understand that|it|you",
            "i missed that|it",
            "show|tell me [that|it|this] [the] [step] again",
            "show the step again",
            "~ hear|see that|it again",
            "what was the step [again]",
            "what is the|this step [again]",
            "what does the step say",
            "what do i do",
            "what do i do here",
        ],
        Some(Command::Repeat),
    ),
    (
        &[
            "go|jump|skip|move [back|ahead|forward|straight|on|over] to step|number #",
            "go|jump|skip|move [back|ahead|forward|straight|on|over] to step number #",
            "go|jump|skip|move [back|ahead|forward|straight|on|over] to #",
            "back|ahead to step [number] #",
            "take|bring me [back] to step [number] #",
            "show|give|read|tell [me] step [number] #",
            "open|start [at|with|from] step [number] #",
            "start at|with|from step [number] #",
            "continue|resume at|with|from step [number] #",
            "step [number] #",
            "i am at|on step [number] #",
            "~ see|hear step [number] #",
        ],
        None,
    ),
    (
        &[
            "show|read|repeat|say|display|give [me] [the|that|this|all] warning|warnings|caution|cautions|alert|alerts [again]",
            "show|read|repeat|say|give [me] [the|all] [safety] warnings|cautions|alerts [again]",
            "show|read [me] [the] warnings and cautions [again]",
            "~ see|hear the warning|warnings|caution|cautions|alert|alerts [again]",
            "[the] warning|warnings|caution|cautions|alert|alerts [again] [please]",
            "warning again",
            "what is|was|are|were the|that|this warning|warnings|caution|cautions|alert|alerts [again] [here]",
            "what is|was|are the warning|warnings|caution|cautions for this [step]",
            "are there [any] [other] warnings|cautions|alerts [here]",
            "is there a|any warning|caution [here]",
            "any warnings|cautions|alerts [here]",
            "what did the warning|caution say",
            "what does the warning|caution say",
            "back to the warning|caution",
            "go back to the warning|caution",
        ],
        Some(Command::ShowWarning),
    ),
    (
        &[
            "acknowledge|acknowledged [it|that|this]",
            "[i] acknowledge|acknowledged [it|that|this|the|both|all] [warning|caution|warnings|cautions|alert|alerts]",
            "i have acknowledged [it|that|this|the] [warning|caution]",
            "[the] warning|caution|alert [is] acknowledged",
            "i have read [and] [understood] the|that|this warning|caution|alert",
            "i have read and understood [it|that|this]",
            "read and understood",
            "i understand the|that|this|it [warning|caution|alert]",
            "i understand",
            "i understood [the|that|this|it] [warning|caution]",
            "understood [the|that|it] [warning|caution]",
            "warning|caution understood",
            "warning|caution read [and] [understood]",
            "i am aware of the|that|this warning|caution|danger|hazard",
        ],
        Some(Command::Acknowledge),
    ),
    (
        &[
            "[the] tools|tool",
            "which|what tools|tool|supplies|parts|spares|equipment [and] [supplies|parts] do i need|use [here|now] [for] [this] [step|task|job]",
            "which|what tools|tool|supplies|parts|spares|equipment are|is needed|required [here] [for] [this] [step|task|job]",
            "which|what tools|tool|supplies|spares [for] [this] [step|task|job]",
            "what do i need [for] [this] [step|task|job]",
            "what tools|supplies should i get|use|have",
            "what do i use [here] [for] [this] [step]",
            "which wrench|socket|tool [do] [i] [use|need]",
            "list|show|give|read|tell [me] [the|all] tools|supplies|spares [i] [need]",
            "tool|tools list",
            "what are the tools",
            "~ see the tools",
            "show me the tool list",
        ],
        Some(Command::Tools),
    ),
    (
        &[
            "[the] torque [value|values|spec|setting|specification]",
            "what|which torque [do|should] [i] [use|need|apply] [here]",
            "what is|was|are the torque|torques [value|values|spec|setting|specification] [again] [here|for] [this|that|it] [step|one]",
            "what torque [is] [it|this] [here]",
            "what is|was the torque on|of|for this|that|it|them [one]",
            "how much torque [do] [i] [need|use|apply]",
            "how tight [do|should|must] [i|it|this|that] [make|be|tighten|go] [it|this|that]",
            "how tight does it|this|that need|have to be",
            "how tight is it",
            "show|tell|give|read [me] the torque [value|values|spec|setting] [again]",
            "what do i torque it|this|that|them to",
            "torque it to what",
            "how hard do i tighten it|this|that|them",
            "~ see the torque",
        ],
        Some(Command::Torque),
    ),
    (
        &[
            "how many steps|step are left|remaining|there [left] [in] [this] [task|procedure]",
            "how many steps|step left|remain|remaining|remains [to] [go] [in] [this] [task|procedure]",
            "how many more [steps] [are] [there|left|to] [go]",
            "how many [steps] [do] [i|we] [have] left",
            "how many [steps] to go",
            "how many are|is left|remaining",
            "how many left",
            "how many steps do i|we have",
            "how many steps are there [left] [to] [go]",
            "how much is left|remaining",
            "how much [more] [is] left|there|to [go]",
            "how far along|in am i|are|is [we|this]",
            "how far along are we",
            "how much longer",
            "steps left|remaining|to [go]",
            "remaining [steps]",
            "what is left",
            "what step am i|are [we] on|at|in",
            "which step am i|are [we|this] [on|at|in]",
            "which|what step is this|it",
            "what step are we on",
            "where am i",
            "where are|were we",
            "am i|are [we] almost|nearly done|finished|there",
            "are we done yet",
            "is this|that the last step|one",
        ],
        Some(Command::Remaining),
    ),
    (
        &[
            "[the] figure|picture|drawing|diagram|illustration|image|schematic [#]",
            "show|display|open|give|bring|pull [me] [up] [the|a|that|this] figure|picture|drawing|diagram|illustration|image|schematic [#] [again] [for] [this] [step]",
            "~ see [the|a|that|this] figure|picture|drawing|diagram|illustration|image|schematic [#] [again]",
            "hide|close|remove [the|that|this] figure|picture|drawing|diagram|illustration|image|schematic",
            "is there a|any figure|picture|drawing|diagram|illustration|image|schematic [for] [this] [step|here]",
            "do you have a figure|picture|drawing|diagram [of] [this|that|it]",
            "what does it|this|that look like",
            "show me what it|this|that looks like",
            "show me [how] [it|this|that] [looks]",
            "put the figure|picture away",
        ],
        Some(Command::Figure),
    ),
    (
        &[
            "stop [talking|speaking|reading]",
            "be quiet|silent|still",
            "quiet|silence|hush|shush|mute|enough",
            "shut up",
            "that is enough",
            "stop it|that",
            "do not talk|speak|read",
            "no talking",
            "stop reading that|this|it",
        ],
        Some(Command::Stop),
    ),
    (
        &[
            "pause [the|this] [task|procedure|job|work|session]",
            "hold on|up [a] [second|minute|moment|sec]",
            "hold it",
            "hang on [a] [second|minute|moment|sec]",
            "wait [a] [second|minute|moment|sec|bit|up]",
            "one|a|just second|moment|minute|sec",
            "just a second|moment|minute|sec",
            "give me a second|minute|moment|sec",
            "take a break",
            "i need|take a break|minute|moment|second",
            "i need a break",
            "stand by",
            "standby",
            "freeze",
        ],
        Some(Command::Pause),
    ),
    (
        &[
            "resume [the|this] [task|procedure|job|work|session|steps]",
            "carry on [with] [the|this] [task|procedure|job|work]",
            "continue [with] [the|this] [task|procedure|job|work]",
            "keep going",
            "unpause",
            "i am back",
            "back to the|my task|procedure|job|work|step|steps",
            "go back to the task|procedure|job|work|card",
            "return to the task|procedure|job|work|step|card",
            "pick up where we|i left off",
            "ready to continue|resume|go on",
            "i am ready to continue|resume|go",
        ],
        Some(Command::Resume),
    ),
    (
        &[
            "yes|yeah|yep|yup|yea|affirmative|affirm|sure|correct|absolutely|definitely|certainly|indeed",
            "okay|ok|alright",
            "yes|yeah|yep it|there|that|they|i|we does|is|did|are|was|do|has|have|can|am",
            "it|there|that|they|i|we does|is|did|are|do|has|have",
            "yes|yeah|yep of course",
            "yes|yeah|yep correct|sure|sir|indeed",
            "of course",
            "that is right|correct|true|it",
            "go ahead",
            "do it|that",
            "start|begin [it|that|the] [task|procedure]",
            "sounds good",
            "confirm|confirmed [it|that]",
            "i confirm [it|that]",
            "i do|am|can|have",
            "yes go ahead",
            "yes do|open it|that",
            "yes start|begin [it|that]",
            "open it|that",
            "why not",
        ],
        Some(Command::Yes),
    ),
    (
        &[
            "no|nope|nah|negative|incorrect",
            "no [it|there|that|they|i|we] does|is|did|are|was|do|has|have|can|am|could not",
            "it|there|that|they|i|we does|is|did|are|was|do|has|have not",
            "no there|it is|are none|nothing",
            "there is|are none|nothing",
            "not yet|really|now|today",
            "no not yet|really|now",
            "no thanks",
            "no thank you",
            "that is wrong|not|incorrect|false [right|correct|it]",
            "never mind",
            "nevermind",
            "cancel [it|that]",
            "forget it|that",
            "no sir",
            "i do not think so",
            "do not",
        ],
        Some(Command::No),
    ),
];

/// Phrases that name a step without a number.
const NAMED_STEPS: &[(&[&str], &str)] = &[(
    &[
        "go|jump [back] to the first step|one",
        "[the] first step",
        "start over",
        "start again from|at the beginning|start|top",
        "start from|at the beginning|start|top",
        "from the beginning|top|start",
        "back to the beginning|start|top",
        "go back to the beginning|start|top",
        "restart [the|this] [task|procedure]",
    ],
    "1",
)];

/// The places of every phrase, `~` replaced, with what it means: `None` where a step's number is heard in it.
pub(super) static PHRASES: LazyLock<Vec<(Vec<Part>, Option<Command>)>> = LazyLock::new(|| {
    let named = NAMED_STEPS.iter().map(|(phrases, step)| (*phrases, Some(Command::GoToStep((*step).to_owned()))));
    let rows = GRAMMAR.iter().cloned().chain(named);
    rows.flat_map(|(phrases, command)| {
        phrases.iter().flat_map(|phrase| wished(phrase)).map(move |phrase| (phrase, command.clone()))
    })
    .collect()
});

/// The places of a phrase, and of each wish before it, where it asks for one.
fn wished(phrase: &'static str) -> Vec<Vec<Part>> {
    match phrase.strip_prefix("~ ") {
        Some(rest) => WISHES.iter().map(|wish| parts(wish).chain(parts(rest)).collect()).collect(),
        None => vec![parts(phrase).collect()],
    }
}

/// What a phrase that fits was heard with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Heard {
    /// The step number, where the phrase has one.
    pub number: Option<String>,
}

/// Matches a whole utterance against one phrase.
pub(super) fn fits(phrase: &[Part], words: &[String]) -> Option<Heard> {
    walk(phrase, words, &Heard::default())
}

/// A place in a phrase.
pub(super) struct Part {
    /// May be left out.
    pub optional: bool,
    /// Words that may stand there; `#` alone is a step number.
    pub alternatives: Vec<&'static str>,
}

/// The places of a phrase, in order.
fn parts(phrase: &'static str) -> impl Iterator<Item = Part> {
    phrase.split_whitespace().map(|word| {
        let inner = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
        Part { optional: inner.is_some(), alternatives: inner.unwrap_or(word).split('|').collect() }
    })
}

fn walk(parts: &[Part], words: &[String], heard: &Heard) -> Option<Heard> {
    let Some((part, rest)) = parts.split_first() else {
        return words.is_empty().then(|| heard.clone());
    };
    if part.alternatives == ["#"] {
        // The longest number first: "three point two" is not "three".
        for length in (1..=words.len().min(6)).rev() {
            if let Some(number) = super::number::step_number(&words[..length])
                && let Some(found) = walk(rest, &words[length..], &Heard { number: Some(number) })
            {
                return Some(found);
            }
        }
    } else if let Some((word, left)) = words.split_first()
        && part.alternatives.iter().any(|own| own == word)
        && let Some(found) = walk(rest, left, heard)
    {
        return Some(found);
    }
    if part.optional { walk(rest, words, heard) } else { None }
}
