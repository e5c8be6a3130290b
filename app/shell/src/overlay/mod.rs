//! Draws an overlay scene over whatever the view camera shows. It decides nothing: what is shown stands in the scene, where it
//! goes stands in the estimated pose. Must not know ground truth, scenarios or windows.
//!
//! One camera draws the phantom into a mask (`phantom`), `highlight` and `label` lay mask and leader over the view, `panels`
//! builds the plates.

pub(crate) mod highlight;
pub(crate) mod label;
pub(crate) mod motion;
pub(crate) mod panels;
pub(crate) mod phantom;
pub(crate) mod theme;

use std::path::Path;

use bevy::prelude::*;
use fieldwright_guide::overlay::OverlayScene;

use crate::shared::{CurrentScene, ManualFigures, ViewCamera};

/// The overlay's systems, in the order in which they run.
#[derive(Clone, Debug, Eq, Hash, PartialEq, SystemSet)]
pub(crate) struct OverlaySystems;

/// See the module's words.
#[derive(Debug)]
pub(crate) struct OverlayPlugin;

impl Plugin for OverlayPlugin {
    fn build(&self, app: &mut App) {
        app.add_plugins((
            MaterialPlugin::<phantom::FlatMaterial>::default(),
            UiMaterialPlugin::<highlight::HighlightMaterial>::default(),
            UiMaterialPlugin::<label::LeaderMaterial>::default(),
            UiMaterialPlugin::<theme::SignMaterial>::default(),
        ))
        .init_resource::<phantom::PhantomNodes>()
        .init_resource::<phantom::MaskSamples>()
        .init_resource::<motion::ShownCue>()
        .init_resource::<highlight::Lit>()
        .init_resource::<label::Standing>()
        .init_resource::<panels::BottomInset>()
        .init_resource::<Built>()
        .add_systems(Startup, (load_faces, phantom::setup))
        .add_systems(
            PostUpdate,
            (
                swap_panels,
                phantom::spawn,
                phantom::place,
                phantom::assign_roles,
                phantom::follow_view,
                motion::rebuild,
                motion::animate,
            )
                .chain()
                .in_set(OverlaySystems)
                .before(TransformSystems::Propagate),
        )
        .add_systems(
            PostUpdate,
            (highlight::lay, label::stand, rebuild_panels)
                .chain()
                .after(TransformSystems::Propagate)
                .before(bevy::ui::UiSystems::Prepare),
        );
    }
}

/// What the plates were last built from.
#[derive(Default, Resource)]
struct Built {
    scene: Option<OverlayScene>,
    scale: f32,
    inset: f32,
}

fn load_faces(
    mut commands: Commands<'_, '_>,
    assets: Res<'_, AssetServer>,
    mut signs: ResMut<'_, Assets<theme::SignMaterial>>,
) {
    commands.insert_resource(theme::Signs::new(&theme::Palette::DAY, &mut signs));
    commands.insert_resource(theme::Faces {
        regular: assets.load("assets/fonts/B612-Regular.otf"),
        bold: assets.load("assets/fonts/B612-Bold.otf"),
        mono: assets.load("assets/fonts/B612Mono-Regular.otf"),
    });
}

/// Updates until a new tree of plates has its layout.
const LAID_OUT: u8 = 2;

/// Shows plates once they are laid out, in place of those before them: a change shows no gap.
fn swap_panels(
    mut commands: Commands<'_, '_>,
    mut roots: Query<'_, '_, (Entity, &mut panels::PanelRoot, &mut Visibility)>,
) {
    let mut ready = None;
    for (entity, mut root, _) in &mut roots {
        if root.updates < LAID_OUT {
            root.updates += 1;
            ready = (root.updates == LAID_OUT).then_some(entity);
        }
    }
    let Some(ready) = ready else { return };
    for (entity, _, mut visibility) in &mut roots {
        if entity == ready {
            *visibility = Visibility::Inherited;
        } else {
            commands.entity(entity).despawn();
        }
    }
}

/// Builds the plates anew when the scene or the picture's height has changed.
fn rebuild_panels(
    mut commands: Commands<'_, '_>,
    scene: Res<'_, CurrentScene>,
    (faces, signs): (Res<'_, theme::Faces>, Res<'_, theme::Signs>),
    inset: Res<'_, panels::BottomInset>,
    lit: Res<'_, highlight::Lit>,
    figures: Res<'_, ManualFigures>,
    assets: Res<'_, AssetServer>,
    mut built: ResMut<'_, Built>,
    view: Query<'_, '_, Entity, With<ViewCamera>>,
    roots: Query<'_, '_, &panels::PanelRoot>,
    choices: Query<'_, '_, Entity, With<panels::ChoiceButton>>,
) {
    let Ok(camera) = view.single() else { return };
    if roots.iter().any(|root| root.updates < LAID_OUT) {
        return;
    }
    let scale = (lit.picture.y / 800.0).max(0.5);
    let shown = for_panels(&scene.0);
    if built.scene.as_ref() == Some(&shown)
        && (built.scale - scale).abs() < 1e-3
        && (built.inset - inset.0).abs() < 1e-3
    {
        return;
    }
    // What is shown stays until its successor is laid out, and can be clicked no more.
    choices.iter().for_each(|choice| {
        commands.entity(choice).remove::<panels::ChoiceButton>();
    });
    let figure =
        shown.figure.as_ref().and_then(|figure| figure_file(&figures.0, &figure.icn)).map(|file| assets.load(file));
    panels::build(
        &mut commands,
        camera,
        &shown,
        &theme::Style { faces: &faces, signs: &signs, palette: theme::Palette::DAY, room: false, scale },
        inset.0,
        figure,
    );
    *built = Built { scene: Some(shown), scale, inset: inset.0 };
}

/// The scene without what other systems draw, so that a turning head does not rebuild the plates.
fn for_panels(scene: &OverlayScene) -> OverlayScene {
    OverlayScene { highlights: Vec::new(), motion: None, label: None, ..scene.clone() }
}

/// The picture of an information control number: `ICN.PNG` or `ICN.png` in the figures' folder.
fn figure_file(folder: &Path, icn: &str) -> Option<std::path::PathBuf> {
    ["PNG", "png"].iter().map(|ending| folder.join(format!("{icn}.{ending}"))).find(|file| file.is_file())
}
