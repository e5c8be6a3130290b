//! The plates in the room: each has a picture of its own, drawn with the same plates' code as the window's, when it changes and at no
//! other time, and a rectangle that shows it. Must not know where plates stand or who presses them.

use std::path::Path;

use bevy::{
    asset::LoadState,
    camera::{RenderTarget, visibility::RenderLayers},
    ecs::hierarchy::ChildSpawnerCommands,
    light::{NotShadowCaster, NotShadowReceiver},
    prelude::*,
    render::render_resource::{TextureFormat, TextureUsages},
};
use fieldwright_guide::{
    command::Command,
    overlay::{
        AlertPanel, AnswerPanel, Button as SceneButton, Card, FigurePanel, Label, Notice, OverlayScene, Prompt,
        StatusItem, StatusLevel,
    },
};
use fieldwright_session::plates::{Follow, Name};

use super::{
    controls,
    eye::{OVERLAY_LAYER, OverlayEye},
    plate::{PlateMaterial, PlateSettings},
    theme::{BlendLook, Look, Theme},
};
use crate::{
    overlay::{
        panels,
        theme::{Face, Faces, SignMaterial, Signs, Style},
    },
    shared::{CurrentScene, ManualFigures},
};

/// Pixels of a plate's picture for one of the layout's.
pub(crate) const SHARPNESS: f32 = 1.5;
/// Largest picture, pixels.
const LARGEST: UVec2 = UVec2::new(768, 1408);
/// Metres at one metre's distance for a pixel of the layout: its smallest letters, 12 pixels high of which three quarters are
/// capital, then stand at 21.7 minutes of arc.
pub(crate) const METRES_PER_PX: f32 = 0.70e-3;
/// Updates until a new tree of plates has its layout, and until it is drawn.
const LAID_OUT: u8 = 2;
const DRAWN: u8 = 4;

/// What a plate says; it is built anew when this changes.
#[derive(Clone, Debug, PartialEq)]
enum Content {
    Banner(bool, String),
    Alert(AlertPanel),
    Answer(AnswerPanel),
    Notice(Notice),
    Card(Card),
    Prompt(Prompt),
    Controls(Vec<SceneButton>, Follow, Look),
    Status(Vec<StatusItem>, Option<String>),
    Figure(FigurePanel),
    Label(Label),
}

/// One plate.
#[derive(Debug)]
pub(crate) struct Board {
    /// Which.
    pub(crate) name: Name,
    /// The rectangle in the room.
    pub(crate) quad: Entity,
    /// Root of its tree.
    pub(crate) root: Option<Entity>,
    /// Its size in pixels of the layout, once it was drawn; zero while there is nothing to show.
    pub(crate) size: Vec2,
    camera: Entity,
    material: Handle<PlateMaterial>,
    content: Option<Content>,
    look: Look,
    next: Option<Entity>,
    figure: Option<Handle<Image>>,
    age: u8,
}

/// Every plate.
#[derive(Debug, Default, Resource)]
pub(crate) struct Boards(pub(crate) Vec<Board>);

impl Boards {
    /// True once letters are there and what is wanted has been drawn.
    pub(crate) fn are_built(&self) -> bool {
        self.0.iter().any(|board| board.root.is_some()) && self.0.iter().all(|board| board.age >= DRAWN)
    }
}

/// The signs of alerts in the colors of a look.
#[derive(Default, Resource)]
pub(crate) struct RoomSigns(Option<(Look, Signs)>);

/// Makes pictures, cameras and rectangles once somebody looks.
pub(crate) fn spawn(
    mut commands: Commands<'_, '_>,
    eyes: Query<'_, '_, (), With<OverlayEye>>,
    mut boards: ResMut<'_, Boards>,
    mut images: ResMut<'_, Assets<Image>>,
    mut meshes: ResMut<'_, Assets<Mesh>>,
    mut materials: ResMut<'_, Assets<PlateMaterial>>,
) {
    if eyes.is_empty() || !boards.0.is_empty() {
        return;
    }
    let rectangle = meshes.add(Rectangle::new(1.0, 1.0));
    for (index, name) in Name::ALL.into_iter().enumerate() {
        let mut picture = Image::new_target_texture(LARGEST.x, LARGEST.y, TextureFormat::Rgba8UnormSrgb, None);
        picture.texture_descriptor.usage |= TextureUsages::TEXTURE_BINDING;
        let picture = images.add(picture);
        let material =
            materials.add(PlateMaterial { used: PlateSettings { used: Vec4::ZERO }, picture: picture.clone() });
        let camera = commands
            .spawn((
                Camera2d,
                Camera {
                    order: -20 - index as isize,
                    is_active: false,
                    clear_color: ClearColorConfig::Custom(Color::NONE),
                    ..default()
                },
                RenderTarget::Image(picture.into()),
                RenderLayers::none(),
                Msaa::Off,
            ))
            .id();
        let quad = commands
            .spawn((
                Mesh3d(rectangle.clone()),
                MeshMaterial3d(material.clone()),
                RenderLayers::layer(OVERLAY_LAYER),
                Transform::default(),
                Visibility::Hidden,
                NotShadowCaster,
                NotShadowReceiver,
            ))
            .id();
        boards.0.push(Board {
            name,
            quad,
            root: None,
            size: Vec2::ZERO,
            camera,
            material,
            content: None,
            look: Look::default(),
            next: None,
            figure: None,
            age: DRAWN,
        });
    }
}

/// Builds the tree of each plate whose content has changed. What is shown stays until its successor is drawn.
pub(crate) fn build(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    (look, standing): (Res<'_, Look>, Res<'_, super::place::Standing>),
    (faces, figures, assets): (Res<'_, Faces>, Res<'_, ManualFigures>, Res<'_, AssetServer>),
    mut signs: ResMut<'_, RoomSigns>,
    mut sign_materials: ResMut<'_, Assets<SignMaterial>>,
    mut boards: ResMut<'_, Boards>,
) {
    let loaded = [&faces.regular, &faces.bold, &faces.mono].into_iter().all(|face| assets.is_loaded(face));
    if boards.0.is_empty() || !loaded {
        return;
    }
    let palette = look.palette();
    let signs = match &mut signs.0 {
        Some((made_for, signs)) if made_for == &*look => signs,
        other => &mut other.insert((*look, Signs::new(&palette, &mut sign_materials))).1,
    };
    let style = Style { faces: &faces, signs, palette, room: true, scale: SHARPNESS };
    for board in &mut boards.0 {
        let content = content(board.name, &scene.0, *look, standing.plates.follow());
        if board.content == content && board.look == *look {
            continue;
        }
        if let Some(late) = board.next.take() {
            commands.entity(late).despawn();
        }
        board.look = *look;
        board.age = 0;
        board.figure = match &content {
            Some(Content::Figure(panel)) => figure_file(&figures.0, &panel.icn).map(|file| assets.load(file)),
            _ => None,
        };
        let root = content.as_ref().map(|content| {
            let node = Node { position_type: PositionType::Absolute, ..default() };
            commands
                .spawn((UiTargetCamera(board.camera), node))
                .with_children(|root| tree(root, content, board.figure.clone(), &style))
                .id()
        });
        board.next = root;
        board.content = content;
    }
}

/// Draws what is laid out, and shows it in place of what was there before.
pub(crate) fn draw(
    mut commands: Commands<'_, '_>,
    assets: Res<'_, AssetServer>,
    mut boards: ResMut<'_, Boards>,
    mut materials: ResMut<'_, Assets<PlateMaterial>>,
    mut cameras: Query<'_, '_, &mut Camera>,
    nodes: Query<'_, '_, &ComputedNode>,
) {
    // Looked at without a change first: most frames change nothing.
    if boards.0.iter().all(|board| board.age >= DRAWN) {
        return;
    }
    for board in &mut boards.0 {
        if board.age >= DRAWN
            || board.figure.as_ref().is_some_and(|figure| matches!(assets.load_state(figure), LoadState::Loading))
        {
            continue;
        }
        board.age += 1;
        let Ok(mut camera) = cameras.get_mut(board.camera) else { continue };
        if board.age == LAID_OUT {
            if let Some(old) = board.root.take() {
                commands.entity(old).despawn();
            }
            board.root = board.next.take();
            let pixels = board.root.and_then(|root| nodes.get(root).ok()).map_or(Vec2::ZERO, ComputedNode::size);
            let pixels = pixels.min(LARGEST.as_vec2());
            board.size = pixels / SHARPNESS;
            if let Some(mut material) = materials.get_mut(&board.material) {
                let used = pixels / LARGEST.as_vec2();
                material.used.used = Vec4::new(used.x, used.y, 1.0, 0.0);
            }
            camera.is_active = board.root.is_some();
        } else if board.age == DRAWN {
            camera.is_active = false;
        }
    }
}

/// What a plate says in this scene; `None` where it is not shown.
fn content(name: Name, scene: &OverlayScene, look: Look, follow: Follow) -> Option<Content> {
    // In blackout there is light for what must not be missed, and for the way back.
    let dark = look.theme == Theme::Blackout;
    match name {
        Name::Banner => (scene.simulation || !scene.security.is_empty())
            .then(|| Content::Banner(scene.simulation, scene.security.clone())),
        Name::Alert => scene.alert.clone().map(Content::Alert),
        Name::Controls => {
            // What the prompt offers stands on the prompt, a warning's acknowledgement on the warning.
            let chosen = scene.prompt.as_ref().is_some_and(|prompt| !prompt.choices.is_empty());
            let elsewhere = |command: &Command| {
                *command == Command::Acknowledge || (chosen && matches!(command, Command::Yes | Command::No))
            };
            let buttons = if dark { &[][..] } else { &scene.buttons };
            let buttons = buttons.iter().filter(|button| !elsewhere(&button.command)).cloned().collect();
            Some(Content::Controls(buttons, follow, look))
        }
        _ if dark => None,
        Name::Answer => scene.answer.clone().map(Content::Answer),
        Name::Notice => scene.notice.clone().map(Content::Notice),
        Name::Card => scene.prompt.clone().map(Content::Prompt).or_else(|| scene.card.clone().map(Content::Card)),
        Name::Status => {
            // Fewer words where none can have a dark ground: what works says nothing there.
            let plain = look.blend != BlendLook::Additive;
            let status: Vec<StatusItem> =
                scene.status.iter().filter(|item| plain || item.level != StatusLevel::Good).cloned().collect();
            (!status.is_empty() || scene.heard.is_some()).then(|| Content::Status(status, scene.heard.clone()))
        }
        Name::Figure => scene.figure.clone().map(Content::Figure),
        Name::Label => scene.label.clone().map(Content::Label),
    }
}

fn tree(root: &mut ChildSpawnerCommands<'_>, content: &Content, figure: Option<Handle<Image>>, style: &Style<'_>) {
    match content {
        Content::Banner(simulation, security) => banner(root, *simulation, security, style),
        Content::Alert(alert) => panels::alert_plate(root, alert, style),
        Content::Answer(answer) => panels::answer_plate(root, answer, style),
        Content::Notice(notice) => panels::notice_plate(root, &notice.lines, &notice.citation, style),
        Content::Card(card) => panels::card_plate(root, card, style),
        Content::Prompt(prompt) => panels::prompt_plate(root, prompt, style),
        Content::Controls(buttons, follow, look) => controls::build(root, buttons, *follow, *look, style),
        Content::Status(status, heard) => {
            root.spawn(Node { flex_direction: FlexDirection::Column, row_gap: style.px(8.0), ..default() })
                .with_children(|rows| {
                    panels::status_plate(rows, status, style);
                    if let Some(heard) = heard {
                        panels::heard_plate(rows, heard, style);
                    }
                });
        }
        Content::Label(label) => self::label(root, label, style),
        Content::Figure(panel) => {
            if let Some(image) = figure {
                panels::figure_plate(root, &panel.title, &panel.icn, image, style);
            }
        }
    }
}

/// What this is: a simulation, and how it is marked.
fn banner(root: &mut ChildSpawnerCommands<'_>, simulation: bool, security: &str, style: &Style<'_>) {
    root.spawn((
        Node {
            width: style.px(430.0),
            padding: style.pad(16.0, 6.0),
            column_gap: style.px(18.0),
            justify_content: if simulation { JustifyContent::SpaceBetween } else { JustifyContent::Center },
            align_items: AlignItems::Center,
            border: UiRect::all(style.px(1.6)),
            border_radius: style.round(9.0),
            overflow: Overflow::clip(),
            ..default()
        },
        BackgroundColor(style.palette.bar),
        BorderColor::all(style.palette.frame),
    ))
    .with_children(|bar| {
        if simulation {
            bar.spawn(style.text("S I M U L A T I O N", Face::Regular, 15.0, style.palette.text));
        }
        if !security.is_empty() {
            bar.spawn(style.text(security.to_uppercase(), Face::Mono, 13.0, style.palette.soft));
        }
    });
}

/// The part's name, and small its number.
fn label(root: &mut ChildSpawnerCommands<'_>, label: &Label, style: &Style<'_>) {
    root.spawn((
        Node {
            padding: style.pad(12.0, 6.0),
            flex_direction: FlexDirection::Column,
            border: UiRect::all(style.px(1.6)),
            border_radius: style.round(7.0),
            ..default()
        },
        BackgroundColor(style.palette.plate),
        BorderColor::all(style.palette.frame),
    ))
    .with_children(|plate| {
        plate.spawn((style.text(label.name.clone(), Face::Regular, 19.0, style.palette.text), TextLayout::no_wrap()));
        if !label.detail.is_empty() {
            plate
                .spawn((style.text(label.detail.clone(), Face::Mono, 13.0, style.palette.soft), TextLayout::no_wrap()));
        }
    });
}

/// The picture of an information control number: `ICN.PNG` or `ICN.png` in the figures' folder.
fn figure_file(folder: &Path, icn: &str) -> Option<std::path::PathBuf> {
    ["PNG", "png"].iter().map(|ending| folder.join(format!("{icn}.{ending}"))).find(|file| file.is_file())
}
