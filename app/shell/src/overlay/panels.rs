//! The plates: banner, alert, step card, prompt, answer, figure, notice, status. Each is built from the overlay scene and
//! from nothing else; whole trees are rebuilt when the scene changes. Must not know poses or meshes.

use bevy::{ecs::hierarchy::ChildSpawnerCommands, prelude::*, text::LineHeight};
use fieldwright_guide::{
    command::Command,
    manual::{AlertKind, Span},
    overlay::{AlertPanel, AnswerPanel, Card, OverlayScene, Prompt, StatusItem, StatusLevel},
};

use fieldwright_session::targets::Action;

use super::theme::{Face, Style};

/// Root of every plate; built anew when the scene changes. It stays hidden while it is laid out, for so many updates.
#[derive(Component, Default)]
pub(crate) struct PanelRoot {
    /// Updates it has seen.
    pub(crate) updates: u8,
}

/// A plate that labels must keep clear of.
#[derive(Component)]
pub(crate) struct Plate;

/// A choice that can be clicked, by its index in the prompt or the fault-isolation question.
#[derive(Clone, Copy, Component, Debug)]
pub(crate) struct ChoiceButton(pub(crate) usize);

/// What pressing it does, where a hand, a controller or a gaze can press.
#[derive(Clone, Component, Debug)]
pub(crate) struct Pressable(pub(crate) Action);

/// Room that the window's own bar takes at the bottom, pixels of the 800-pixel layout.
#[derive(Clone, Copy, Debug, Default, Resource)]
pub(crate) struct BottomInset(pub(crate) f32);

/// Builds every plate of the scene for one camera.
pub(crate) fn build(
    commands: &mut Commands<'_, '_>,
    camera: Entity,
    scene: &OverlayScene,
    style: &Style<'_>,
    inset: f32,
    figure: Option<Handle<Image>>,
) {
    commands
        .spawn((
            PanelRoot::default(),
            Visibility::Hidden,
            UiTargetCamera(camera),
            GlobalZIndex(10),
            Node { position_type: PositionType::Absolute, width: percent(100), height: percent(100), ..default() },
        ))
        .with_children(|root| {
            banner(root, scene, style);
            root.spawn(column(style, Side::Left, inset)).with_children(|left| {
                if let Some(alert) = &scene.alert {
                    alert_plate(left, alert, style);
                }
                if let Some(answer) = &scene.answer {
                    answer_plate(left, answer, style);
                }
                left.spawn(Node { flex_grow: 1.0, ..default() });
                if let Some(notice) = &scene.notice {
                    notice_plate(left, &notice.lines, &notice.citation, style);
                }
                status_plate(left, &scene.status, style);
            });
            root.spawn(column(style, Side::Right, inset)).with_children(|right| {
                if let (Some(panel), Some(image)) = (&scene.figure, figure) {
                    figure_plate(right, &panel.title, &panel.icn, image, style);
                }
                right.spawn(Node { flex_grow: 1.0, ..default() });
                if let Some(prompt) = &scene.prompt {
                    prompt_plate(right, prompt, style);
                } else if let Some(card) = &scene.card {
                    card_plate(right, card, style);
                }
                if let Some(heard) = &scene.heard {
                    heard_plate(right, heard, style);
                }
            });
        });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

fn column(style: &Style<'_>, side: Side, inset: f32) -> Node {
    let edge = style.px(28.0);
    Node {
        position_type: PositionType::Absolute,
        top: style.px(52.0),
        bottom: style.px(22.0 + inset),
        left: if side == Side::Left { edge } else { auto() },
        right: if side == Side::Right { edge } else { auto() },
        flex_direction: FlexDirection::Column,
        align_items: if side == Side::Left { AlignItems::FlexStart } else { AlignItems::FlexEnd },
        row_gap: style.px(12.0),
        ..default()
    }
}

fn plate(style: &Style<'_>, width: f32) -> impl Bundle + use<> {
    (
        Plate,
        Node {
            width: style.px(width),
            flex_direction: FlexDirection::Column,
            border: if style.room { UiRect::all(style.px(1.6)) } else { UiRect::ZERO },
            border_radius: style.round(10.0),
            overflow: Overflow::clip(),
            ..default()
        },
        BackgroundColor(style.palette.plate),
        BorderColor::all(style.palette.frame),
        style.shadow(0.45, 14.0),
    )
}

fn banner(root: &mut ChildSpawnerCommands<'_>, scene: &OverlayScene, style: &Style<'_>) {
    root.spawn((
        Node {
            position_type: PositionType::Absolute,
            width: percent(100),
            height: style.px(28.0),
            justify_content: JustifyContent::Center,
            align_items: AlignItems::Center,
            column_gap: style.px(18.0),
            overflow: Overflow::clip(),
            ..default()
        },
        BackgroundColor(style.palette.bar),
    ))
    .with_children(|bar| {
        if scene.simulation {
            // Hazard stripes at both ends: a banner that nobody takes for part of the picture.
            for left in [true, false] {
                bar.spawn(Node {
                    position_type: PositionType::Absolute,
                    left: if left { px(0) } else { auto() },
                    right: if left { auto() } else { px(0) },
                    width: percent(38),
                    height: percent(100),
                    column_gap: style.px(16.0),
                    overflow: Overflow::clip(),
                    ..default()
                })
                .with_children(|stripes| {
                    for _ in 0..28 {
                        stripes.spawn((
                            Node {
                                width: style.px(12.0),
                                min_width: style.px(12.0),
                                height: style.px(60.0),
                                top: style.px(-14.0),
                                ..default()
                            },
                            BackgroundColor(Color::srgba(1.0, 1.0, 1.0, 0.045)),
                            UiTransform::from_rotation(Rot2::degrees(28.0)),
                        ));
                    }
                });
            }
            bar.spawn(style.text("S I M U L A T I O N", Face::Regular, 15.0, style.palette.text));
        }
        if !scene.security.is_empty() {
            bar.spawn(style.text(scene.security.to_uppercase(), Face::Mono, 12.0, style.palette.soft));
        }
    });
}

/// A kind's color and word. A shape goes with them, so that nobody needs the color.
fn kind_look(kind: AlertKind, style: &Style<'_>) -> (Color, &'static str) {
    match kind {
        AlertKind::Warning => (style.palette.warning, "WARNING"),
        AlertKind::Caution => (style.palette.caution, "CAUTION"),
        AlertKind::Note => (style.palette.note, "NOTE"),
    }
}

pub(crate) fn alert_plate(parent: &mut ChildSpawnerCommands<'_>, alert: &AlertPanel, style: &Style<'_>) {
    let (color, word) = kind_look(alert.kind, style);
    parent
        .spawn((
            Plate,
            Node {
                width: style.px(480.0),
                flex_direction: FlexDirection::Column,
                border: UiRect::all(style.px(2.5)),
                border_radius: style.round(10.0),
                overflow: Overflow::clip(),
                ..default()
            },
            BackgroundColor(style.palette.plate),
            BorderColor::all(color),
            style.shadow(0.5, 18.0),
        ))
        .with_children(|plate| {
            plate
                .spawn((
                    Node {
                        padding: style.pad(16.0, 7.0),
                        align_items: AlignItems::Center,
                        column_gap: style.px(14.0),
                        ..default()
                    },
                    BackgroundColor(if style.palette.filled { color } else { Color::NONE }),
                ))
                .with_children(|head| {
                    let ink = if style.palette.filled { style.palette.ink } else { color };
                    sign(head, alert.kind, style);
                    head.spawn(style.text(spaced(word), Face::Bold, 22.0, ink));
                    head.spawn(Node { flex_grow: 1.0, ..default() });
                    if alert.position.1 > 1 {
                        head.spawn(style.text(
                            format!("{} of {}", alert.position.0, alert.position.1),
                            Face::Bold,
                            15.0,
                            ink,
                        ));
                    }
                });
            plate
                .spawn(Node {
                    padding: style.pad(18.0, 14.0),
                    flex_direction: FlexDirection::Column,
                    row_gap: style.px(10.0),
                    ..default()
                })
                .with_children(|body| {
                    for paragraph in &alert.text {
                        body.spawn(style.text(paragraph.clone(), Face::Regular, 21.0, style.palette.text));
                    }
                    body.spawn(Node {
                        align_items: AlignItems::Center,
                        column_gap: style.px(10.0),
                        margin: UiRect::top(style.px(2.0)),
                        ..default()
                    })
                    .with_children(|foot| {
                        if !alert.acknowledge.is_empty() {
                            foot.spawn((
                                Node {
                                    width: style.px(15.0),
                                    height: style.px(15.0),
                                    border: UiRect::all(style.px(3.0)),
                                    border_radius: BorderRadius::MAX,
                                    flex_shrink: 0.0,
                                    ..default()
                                },
                                BorderColor { top: color, right: color, bottom: color, left: color.with_alpha(0.25) },
                            ));
                            foot.spawn(style.text(
                                alert.acknowledge.clone(),
                                Face::Regular,
                                16.0,
                                color.mix(&style.palette.text, 0.55),
                            ));
                        }
                    });
                    if style.room && !alert.acknowledge.is_empty() {
                        hold_button(body, color, style);
                    }
                    body.spawn(style.text(alert.citation.clone(), Face::Mono, 13.0, style.palette.soft));
                });
        });
}

/// The button that acknowledges, when it is held.
fn hold_button(parent: &mut ChildSpawnerCommands<'_>, color: Color, style: &Style<'_>) {
    parent
        .spawn((
            Pressable(Action::Command(Command::Acknowledge)),
            Node {
                width: percent(100),
                min_height: style.px(style.touch()),
                justify_content: JustifyContent::Center,
                align_items: AlignItems::Center,
                border: UiRect::all(style.px(2.0)),
                border_radius: style.round(8.0),
                ..default()
            },
            BackgroundColor(style.palette.inset),
            BorderColor::all(color),
        ))
        .with_children(|button| {
            button.spawn(style.text("Hold to acknowledge", Face::Bold, 19.0, style.palette.text));
        });
}

/// The sign in an alert's head; see `shaders/sign.wgsl`.
fn sign(parent: &mut ChildSpawnerCommands<'_>, kind: AlertKind, style: &Style<'_>) {
    let material = match kind {
        AlertKind::Warning => &style.signs.warning,
        AlertKind::Caution => &style.signs.caution,
        AlertKind::Note => &style.signs.note,
    };
    parent.spawn((
        MaterialNode(material.clone()),
        Node { width: style.px(26.0), height: style.px(26.0), flex_shrink: 0.0, ..default() },
    ));
}

/// Letterspacing, which the text engine does not do by itself.
pub(crate) fn spaced(word: &str) -> String {
    let mut out = String::with_capacity(word.len() * 2);
    for (index, letter) in word.chars().enumerate() {
        if index > 0 {
            out.push('\u{2009}');
        }
        out.push(letter);
    }
    out
}

pub(crate) fn card_plate(parent: &mut ChildSpawnerCommands<'_>, card: &Card, style: &Style<'_>) {
    let text_color = if card.gated { style.palette.dimmed } else { style.palette.text };
    let part_color = if card.gated { style.palette.dimmed } else { style.palette.guide };
    parent.spawn(plate(style, 430.0)).with_children(|plate| {
        plate
            .spawn(Node {
                padding: style.pad(20.0, 16.0),
                flex_direction: FlexDirection::Column,
                row_gap: style.px(12.0),
                ..default()
            })
            .with_children(|body| {
                body.spawn(style.text(
                    card.title.to_uppercase().replace(" - ", "  ·  "),
                    Face::Regular,
                    15.0,
                    style.palette.soft,
                ));
                if card.position.1 > 0 {
                    progress(body, card.position, style);
                }
                step_words(body, card, text_color, part_color, style);
                for note in &card.notes {
                    note_line(body, note, style);
                }
                if !card.answers.is_empty() {
                    choices(body, &card.answers, card.gated, style);
                }
                if !card.chips.is_empty() {
                    body.spawn(Node {
                        flex_wrap: FlexWrap::Wrap,
                        column_gap: style.px(8.0),
                        row_gap: style.px(8.0),
                        ..default()
                    })
                    .with_children(|row| {
                        for chip in &card.chips {
                            let main = chip.kind == "torque";
                            self::chip(row, &chip.kind, &chip.text, main && !card.gated, style);
                        }
                    });
                }
                foot(body, &card.citation, &card.edition, style);
            });
    });
}

fn step_words(
    body: &mut ChildSpawnerCommands<'_>,
    card: &Card,
    text_color: Color,
    part_color: Color,
    style: &Style<'_>,
) {
    let size = step_size(card);
    let lead =
        if card.position.1 > 0 { format!("Step {} of {}. ", card.position.0, card.position.1) } else { String::new() };
    for (index, paragraph) in card.text.iter().enumerate() {
        let first = if index == 0 { lead.clone() } else { String::new() };
        body.spawn((
            Text::new(first),
            style.font(Face::Regular, size),
            TextColor(text_color),
            LineHeight::RelativeToFont(1.28),
        ))
        .with_children(|line| {
            for span in paragraph {
                let (face, color) = match span {
                    Span::Part { .. } => (Face::Bold, part_color),
                    Span::Quantity { .. } => (Face::Bold, text_color),
                    _ => (Face::Regular, text_color),
                };
                line.spawn((
                    TextSpan::new(span.text()),
                    style.font(face, size),
                    TextColor(color),
                    LineHeight::RelativeToFont(1.28),
                ));
            }
        });
    }
}

/// One step, no scroll: long steps are set smaller, never cut.
fn step_size(card: &Card) -> f32 {
    let letters: usize = card.text.iter().flatten().map(|span| span.text().chars().count()).sum();
    match letters {
        0..=140 => 25.0,
        141..=240 => 22.0,
        241..=400 => 19.0,
        _ => 17.0,
    }
}

fn progress(body: &mut ChildSpawnerCommands<'_>, (at, of): (u32, u32), style: &Style<'_>) {
    body.spawn(Node {
        width: percent(100),
        height: style.px(5.0),
        column_gap: style.px(if of > 16 { 2.0 } else { 4.0 }),
        ..default()
    })
    .with_children(|bar| {
        for step in 1..=of {
            let color = match step.cmp(&at) {
                std::cmp::Ordering::Less => style.palette.done,
                std::cmp::Ordering::Equal => style.palette.guide,
                std::cmp::Ordering::Greater => style.palette.rest,
            };
            bar.spawn((Node { flex_grow: 1.0, border_radius: BorderRadius::MAX, ..default() }, BackgroundColor(color)));
        }
    });
}

fn chip(row: &mut ChildSpawnerCommands<'_>, kind: &str, words: &str, main: bool, style: &Style<'_>) {
    row.spawn((
        Node {
            padding: style.pad(10.0, 5.0),
            border: UiRect::all(style.px(1.4)),
            border_radius: style.round(7.0),
            column_gap: style.px(7.0),
            align_items: AlignItems::Baseline,
            ..default()
        },
        BorderColor::all(if main { style.palette.guide } else { style.palette.line }),
    ))
    .with_children(|chip| {
        chip.spawn(style.text(kind, Face::Regular, 15.0, style.palette.soft));
        chip.spawn(style.text(words, Face::Regular, 17.0, style.palette.text));
    });
}

fn note_line(body: &mut ChildSpawnerCommands<'_>, note: &str, style: &Style<'_>) {
    body.spawn((
        Node {
            padding: style.pad(12.0, 8.0),
            border: UiRect::left(style.px(3.0)),
            column_gap: style.px(10.0),
            ..default()
        },
        BackgroundColor(style.palette.inset),
        BorderColor::all(style.palette.note),
    ))
    .with_children(|line| {
        line.spawn(style.text("NOTE", Face::Bold, 14.0, style.palette.note));
        line.spawn(style.text(note, Face::Regular, 15.0, style.palette.text));
    });
}

fn choices(body: &mut ChildSpawnerCommands<'_>, answers: &[String], disabled: bool, style: &Style<'_>) {
    body.spawn(Node {
        flex_direction: FlexDirection::Row,
        flex_wrap: FlexWrap::Wrap,
        column_gap: style.px(8.0),
        row_gap: style.px(8.0),
        ..default()
    })
    .with_children(|list| {
        for (index, answer) in answers.iter().enumerate() {
            let mut choice = list.spawn((
                Button,
                ChoiceButton(index),
                Node {
                    padding: style.pad(16.0, 8.0),
                    min_height: if style.room { style.px(style.touch()) } else { auto() },
                    min_width: if style.room { style.px(style.touch() + 8.0) } else { auto() },
                    justify_content: JustifyContent::Center,
                    align_items: AlignItems::Center,
                    border: UiRect::all(style.px(1.4)),
                    border_radius: style.round(8.0),
                    ..default()
                },
                BackgroundColor(style.palette.inset),
                BorderColor::all(if disabled { style.palette.line } else { style.palette.guide.with_alpha(0.7) }),
            ));
            if !disabled {
                choice.insert(Pressable(Action::Choose(index)));
            }
            choice.with_children(|button| {
                button.spawn(style.text(
                    answer.clone(),
                    Face::Regular,
                    18.0,
                    if disabled { style.palette.dimmed } else { style.palette.text },
                ));
            });
        }
    });
}

fn foot(body: &mut ChildSpawnerCommands<'_>, citation: &str, right: &str, style: &Style<'_>) {
    body.spawn((
        Node {
            width: percent(100),
            padding: UiRect::top(style.px(10.0)),
            border: UiRect::top(style.px(1.0)),
            justify_content: JustifyContent::SpaceBetween,
            // A long citation takes a line of its own.
            flex_wrap: FlexWrap::Wrap,
            column_gap: style.px(12.0),
            ..default()
        },
        BorderColor::all(style.palette.line),
    ))
    .with_children(|foot| {
        foot.spawn((style.text(citation, Face::Mono, 12.0, style.palette.soft), TextLayout::no_wrap()));
        foot.spawn((style.text(right, Face::Mono, 12.0, style.palette.soft), TextLayout::no_wrap()));
    });
}

pub(crate) fn prompt_plate(parent: &mut ChildSpawnerCommands<'_>, prompt: &Prompt, style: &Style<'_>) {
    parent.spawn(plate(style, 430.0)).with_children(|plate| {
        plate
            .spawn(Node {
                padding: style.pad(20.0, 16.0),
                flex_direction: FlexDirection::Column,
                row_gap: style.px(12.0),
                ..default()
            })
            .with_children(|body| {
                body.spawn(style.text(prompt.title.clone(), Face::Bold, 21.0, style.palette.text));
                for line in &prompt.lines {
                    body.spawn(Node { column_gap: style.px(10.0), ..default() }).with_children(|row| {
                        row.spawn(style.text("•", Face::Regular, 18.0, style.palette.guide));
                        row.spawn(style.text(line.clone(), Face::Regular, 18.0, style.palette.text));
                    });
                }
                choices(body, &prompt.choices, false, style);
                if !prompt.citation.is_empty() {
                    foot(body, &prompt.citation, "", style);
                }
            });
    });
}

pub(crate) fn answer_plate(parent: &mut ChildSpawnerCommands<'_>, answer: &AnswerPanel, style: &Style<'_>) {
    parent.spawn(plate(style, 480.0)).with_children(|plate| {
        plate
            .spawn(Node {
                padding: style.pad(18.0, 14.0),
                flex_direction: FlexDirection::Column,
                row_gap: style.px(10.0),
                ..default()
            })
            .with_children(|body| {
                body.spawn(Node {
                    justify_content: JustifyContent::SpaceBetween,
                    column_gap: style.px(12.0),
                    ..default()
                })
                .with_children(|head| {
                    let title = if answer.refused { "NOT IN THE MANUAL" } else { "FROM THE MANUAL" };
                    head.spawn(style.text(
                        title,
                        Face::Bold,
                        15.0,
                        if answer.refused { style.palette.text } else { style.palette.guide },
                    ));
                    let mut grade = answer.support.clone();
                    if answer.pending {
                        grade.push_str(" · wording…");
                    } else if answer.worded {
                        grade.push_str(" · worded, verified");
                    }
                    head.spawn(style.text(grade, Face::Mono, 13.0, style.palette.soft));
                });
                body.spawn(style.text(
                    answer.text.clone(),
                    Face::Regular,
                    answer_size(&answer.text),
                    style.palette.text,
                ));
                if let Some(pointer) = &answer.pointer {
                    chip(body, "the manual points to", pointer, true, style);
                }
                for (kind, words) in answer.alerts.iter().take(3) {
                    alert_line(body, *kind, words, style);
                }
                if answer.alerts.len() > 3 {
                    body.spawn(style.text(
                        format!("and {} more: “show the warning”", answer.alerts.len() - 3),
                        Face::Regular,
                        14.0,
                        style.palette.soft,
                    ));
                }
                foot(body, &answer.citations.first().cloned().unwrap_or_default(), "", style);
            });
    });
}

fn answer_size(text: &str) -> f32 {
    match text.chars().count() {
        0..=180 => 20.0,
        181..=360 => 17.0,
        _ => 15.0,
    }
}

fn alert_line(body: &mut ChildSpawnerCommands<'_>, kind: AlertKind, words: &str, style: &Style<'_>) {
    let (color, word) = kind_look(kind, style);
    body.spawn((
        Node {
            padding: style.pad(12.0, 8.0),
            border: UiRect::left(style.px(4.0)),
            flex_direction: FlexDirection::Column,
            row_gap: style.px(2.0),
            ..default()
        },
        BackgroundColor(style.palette.inset),
        BorderColor::all(color),
    ))
    .with_children(|line| {
        line.spawn(style.text(word, Face::Bold, 14.0, color));
        line.spawn(style.text(words, Face::Regular, 15.0, style.palette.text));
    });
}

pub(crate) fn notice_plate(parent: &mut ChildSpawnerCommands<'_>, lines: &[String], citation: &str, style: &Style<'_>) {
    parent.spawn(plate(style, 480.0)).with_children(|plate| {
        plate
            .spawn(Node {
                padding: style.pad(18.0, 12.0),
                flex_direction: FlexDirection::Column,
                row_gap: style.px(6.0),
                ..default()
            })
            .with_children(|body| {
                for line in lines {
                    body.spawn(style.text(line.clone(), Face::Regular, 18.0, style.palette.text));
                }
                if !citation.is_empty() {
                    body.spawn(style.text(citation, Face::Mono, 13.0, style.palette.soft));
                }
            });
    });
}

pub(crate) fn figure_plate(
    parent: &mut ChildSpawnerCommands<'_>,
    title: &str,
    icn: &str,
    image: Handle<Image>,
    style: &Style<'_>,
) {
    parent.spawn(plate(style, 430.0)).with_children(|plate| {
        plate.spawn((ImageNode::new(image), Node { width: percent(100), height: auto(), ..default() }));
        plate
            .spawn(Node {
                padding: style.pad(16.0, 8.0),
                justify_content: JustifyContent::SpaceBetween,
                column_gap: style.px(10.0),
                ..default()
            })
            .with_children(|caption| {
                caption.spawn(style.text(title, Face::Regular, 15.0, style.palette.text));
                caption.spawn(style.text(icn, Face::Mono, 12.0, style.palette.soft));
            });
    });
}

pub(crate) fn status_plate(parent: &mut ChildSpawnerCommands<'_>, status: &[StatusItem], style: &Style<'_>) {
    if status.is_empty() {
        return;
    }
    parent
        .spawn((
            Plate,
            Node {
                padding: style.pad(14.0, 8.0),
                column_gap: style.px(20.0),
                row_gap: style.px(6.0),
                // As wide as the other plates in the room; a window has a line of its own for it.
                max_width: if style.room { style.px(430.0) } else { Val::Auto },
                flex_wrap: FlexWrap::Wrap,
                align_items: AlignItems::Center,
                border_radius: style.round(9.0),
                ..default()
            },
            BackgroundColor(style.palette.plate),
        ))
        .with_children(|row| {
            // A library that works is what everybody expects; it is named when it does not.
            for item in status.iter().filter(|item| item.name != "Library" || item.level != StatusLevel::Good) {
                let (color, filled) = match item.level {
                    StatusLevel::Good => (style.palette.done, true),
                    StatusLevel::Busy => (style.palette.guide, false),
                    StatusLevel::Bad => (style.palette.off, false),
                };
                row.spawn(Node { column_gap: style.px(8.0), align_items: AlignItems::Center, ..default() })
                    .with_children(|entry| {
                        entry.spawn((
                            Node {
                                width: style.px(9.0),
                                height: style.px(9.0),
                                border: UiRect::all(style.px(2.0)),
                                border_radius: BorderRadius::MAX,
                                flex_shrink: 0.0,
                                ..default()
                            },
                            BackgroundColor(if filled { color } else { Color::NONE }),
                            BorderColor::all(color),
                        ));
                        entry.spawn(style.text(
                            shortened(&format!("{} {}", item.name, item.detail), 30),
                            Face::Regular,
                            15.0,
                            style.palette.text,
                        ));
                    });
            }
        });
}

/// At most so many letters, with a mark where some were left out.
pub(crate) fn shortened(words: &str, letters: usize) -> String {
    if words.chars().count() <= letters {
        return words.to_owned();
    }
    words.chars().take(letters - 1).chain(['…']).collect()
}

pub(crate) fn heard_plate(parent: &mut ChildSpawnerCommands<'_>, heard: &str, style: &Style<'_>) {
    parent
        .spawn((
            Plate,
            Node {
                max_width: style.px(430.0),
                padding: style.pad(14.0, 8.0),
                column_gap: style.px(8.0),
                border_radius: style.round(9.0),
                ..default()
            },
            BackgroundColor(style.palette.plate),
        ))
        .with_children(|row| {
            row.spawn(style.text("heard", Face::Regular, 15.0, style.palette.soft));
            row.spawn(style.text(format!("“{heard}”"), Face::Regular, 15.0, style.palette.text));
        });
}
