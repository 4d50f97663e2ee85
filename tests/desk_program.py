"""What somebody does at a QGIS desk, as a program for Debian's own Python: PyQGIS is built for that one.

Called with the name of a deed and its values in JSON; answers with one JSON document. It imports nothing
of this repository, so that it also runs where there is only QGIS.
"""

import base64
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsAuthMethodConfig,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsFeature,
    QgsFeatureRequest,
    QgsGeometry,
    QgsLayerDefinition,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsReadWriteContext,
    QgsRectangle,
    QgsRenderContext,
    QgsVectorDataProvider,
    QgsVectorLayer,
)
from qgis.PyQt.QtCore import QBuffer, QDate, QDateTime, QIODevice, QSize, QVariant
from qgis.PyQt.QtGui import QColor
from qgis.PyQt.QtXml import QDomDocument

STORED = "EPSG:25832"
DECIMALS = 7
DOTS_PER_INCH = 120


def read_layers(url, collections):
    """Open layers and read all of each."""
    return {collection: read_layer(open_layer(url, collection)) for collection in collections}


def select(url, collection, *, subset=None, expression=None, extent_25832=None, restricted=False):
    """Read what a subset of the layer, an expression and a rectangle leave of it."""
    layer = open_layer(url, collection, **({"restrictToRequestBBOX": "1"} if restricted else {}))
    if subset is not None and not layer.setSubsetString(subset):
        sys.exit(f"not taken as a subset: {subset}")
    request = QgsFeatureRequest()
    if expression is not None:
        request.setFilterExpression(expression)
    if extent_25832 is not None:
        request.setFilterRect(to_layer(layer).transformBoundingBox(QgsRectangle(*extent_25832)))
    return [describe_feature(layer, each) for each in layer.getFeatures(request)]


def identify(url, collection, *, point_25832, within_m):
    """Click on a point: what lies nearer to it than some metres, asked from the server by rectangle."""
    layer = open_layer(url, collection, restrictToRequestBBOX="1")
    around = QgsGeometry.fromPointXY(QgsPointXY(*point_25832)).buffer(within_m, 16)
    around.transform(to_layer(layer))
    request = QgsFeatureRequest().setFilterRect(around.boundingBox())
    return [describe_feature(layer, each) for each in layer.getFeatures(request) if each.geometry().intersects(around)]


def edit(url, collection, *, token, steps):
    """Edit a layer as somebody with a token: each step is saved by itself; say what came of it, and what is there then.

    A step adds a feature, changes a value of the one with an id, moves it to a point in EPSG:25832, or deletes it.
    """
    layer = open_layer(url, collection, **({"authcfg": keep_token(token)} if token else {}))
    able = layer.dataProvider().capabilities()
    came = []
    for step in steps:
        if not layer.startEditing():
            came.append({"saved": False, "errors": ["not editable"]})
            continue
        begin_step(layer, step)
        saved = layer.commitChanges()
        came.append({"saved": saved, "errors": layer.commitErrors()})
        if not saved:
            layer.rollBack()
    return {
        "adds": bool(able & QgsVectorDataProvider.AddFeatures),
        "changes": bool(able & QgsVectorDataProvider.ChangeAttributeValues),
        "moves": bool(able & QgsVectorDataProvider.ChangeGeometries),
        "deletes": bool(able & QgsVectorDataProvider.DeleteFeatures),
        "steps": came,
        "features": [describe_feature(layer, each) for each in open_layer(url, collection).getFeatures()],
    }


def keep_token(token):
    """Keep a token as QGIS does, in its own store of credentials; give the name it has there."""
    manager = QgsApplication.authManager()
    if not manager.setMasterPassword("geheim", verify=True):
        sys.exit("the store of credentials cannot be opened")
    config = QgsAuthMethodConfig("APIHeader")
    config.setName("infrastruktur")
    config.setConfig("Authorization", f"Bearer {token}")
    if not manager.storeAuthenticationConfig(config)[0]:
        sys.exit("the token cannot be kept")
    return config.id()


def begin_step(layer, step):
    if "add" in step:
        feature = QgsFeature(layer.fields())
        for name, value in step["add"].items():
            feature.setAttribute(name, value)
        feature.setGeometry(to_point(layer, step["point_25832"]))
        layer.addFeature(feature)
        return
    (found,) = layer.getFeatures(QgsFeatureRequest().setFilterExpression(f"\"id\" = '{step['id']}'"))
    for name, value in step.get("change", {}).items():
        layer.changeAttributeValue(found.id(), layer.fields().indexOf(name), value)
    if "point_25832" in step:
        layer.changeGeometry(found.id(), to_point(layer, step["point_25832"]))
    if step.get("delete"):
        layer.deleteFeature(found.id())


def to_point(layer, point_25832):
    point = QgsGeometry.fromPointXY(QgsPointXY(*point_25832))
    point.transform(to_layer(layer))
    return point


def apply_styles(url, styles):
    """Load a style file (QML) into each layer; say which symbols its features get."""
    return {collection: apply_style(open_layer(url, collection), qml) for collection, qml in styles.items()}


def open_definitions(definitions):
    """Open layer definitions (QLR) as if dragged into the window; say what they bring along."""
    return {collection: describe_style(open_definition(qlr)) for collection, qlr in definitions.items()}


def classify(geojson, qml):
    """Draw features of a file by a style."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ebene.geojson"
        path.write_text(json.dumps(geojson), encoding="utf-8")
        layer = QgsVectorLayer(str(path), "ebene", "ogr")
        return apply_style(layer, qml)


def draw(definitions, *, side_px):
    """Draw layers on a square, the first on top; give the picture (PNG in base64) and the pixels of each colour."""
    settings = QgsMapSettings()
    settings.setLayers([open_definition(each) for each in definitions])
    settings.setOutputSize(QSize(side_px, side_px))
    settings.setOutputDpi(DOTS_PER_INCH)
    settings.setBackgroundColor(QColor("white"))
    settings.setDestinationCrs(QgsCoordinateReferenceSystem(STORED))
    extent = settings.fullExtent()
    extent.scale(1.05)
    settings.setExtent(extent)
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    if job.errors():
        sys.exit("; ".join(error.message for error in job.errors()))
    picture = job.renderedImage()
    buffer = QBuffer()
    buffer.open(QIODevice.WriteOnly)
    picture.save(buffer, "PNG")
    colours = Counter(picture.pixelColor(x, y).name() for x in range(side_px) for y in range(side_px))
    return {"png": base64.b64encode(bytes(buffer.data())).decode(), "colours": colours}


def open_layer(url, collection, **options):
    written = "".join(f" {name}='{value}'" for name, value in options.items())
    layer = QgsVectorLayer(f"url='{url}' typename='{collection}'{written}", collection, "OAPIF")
    if not layer.isValid():
        sys.exit(f"{collection}: {layer.error().message() or layer.dataProvider().error().message()}")
    return layer


def open_definition(qlr):
    document = QDomDocument()
    read, message, line, column = document.setContent(qlr)
    if not read:
        sys.exit(f"not XML: {message} in line {line}, column {column}")
    loaded, message = QgsLayerDefinition.loadLayerDefinition(
        document, QgsProject.instance(), QgsProject.instance().layerTreeRoot(), QgsReadWriteContext()
    )
    layer = next(reversed(QgsProject.instance().layerTreeRoot().findLayers())).layer()
    if not loaded or layer is None or not layer.isValid():
        sys.exit(f"not loaded: {message}")
    return layer


def read_layer(layer):
    return {
        "crs": layer.crs().authid(),
        "count": layer.featureCount(),
        "fields": {each.name(): each.typeName() for each in layer.fields()},
        "features": [describe_feature(layer, each) for each in layer.getFeatures()],
    }


def describe_feature(layer, feature):
    names = [field.name() for field in layer.fields()]
    geometry = feature.geometry()
    return {
        "properties": dict(zip(names, map(plain, feature.attributes()), strict=True)),
        "geometry": None if geometry.isNull() else json.loads(geometry.asJson(DECIMALS)),
    }


def plain(value):
    if isinstance(value, QVariant) and value.isNull():
        return None
    if isinstance(value, QDate | QDateTime):
        return None if value.isNull() else value.toString("yyyy-MM-dd")
    return value


def to_layer(layer):
    return QgsCoordinateTransform(QgsCoordinateReferenceSystem(STORED), layer.crs(), QgsProject.instance())


def apply_style(layer, qml):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stil.qml"
        path.write_text(qml, encoding="utf-8")
        message, loaded = layer.loadNamedStyle(str(path))
    if not loaded:
        sys.exit(f"{layer.name()}: {message}")
    return describe_style(layer)


def describe_style(layer):
    """Give the legend from top to bottom and, for each feature, the legend entries it is drawn by."""
    renderer = layer.renderer().clone()
    context = QgsRenderContext()
    context.setExpressionContext(layer.createExpressionContext())
    titles = {rule.ruleKey(): rule.label() for rule in renderer.rootRule().descendants() if rule.symbol()}
    renderer.startRender(context, layer.fields())
    drawn = []
    for feature in layer.getFeatures():
        context.expressionContext().setFeature(feature)
        keys = sorted(key for key in renderer.legendKeysForFeature(feature, context) if key in titles)
        drawn.append({**describe_feature(layer, feature), "classes": [titles[key] for key in keys]})
    renderer.stopRender(context)
    return {
        "name": layer.name(),
        "crs": layer.crs().authid() if layer.crs().isValid() else None,
        "renderer": renderer.type(),
        "source": layer.source(),
        "labels": layer.labelsEnabled(),
        "display": layer.displayExpression(),
        "aliases": {field.name(): field.alias() for field in layer.fields()},
        "legend": [item.label() for item in renderer.legendSymbolItems()],
        "features": drawn,
    }


def version():
    return Qgis.QGIS_VERSION_INT


DEEDS = {
    each.__name__: each
    for each in (version, read_layers, select, edit, identify, apply_styles, open_definitions, classify, draw)
}


def main():
    deed, values = sys.argv[1], json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as profile:
        application = QgsApplication([], False, profile)  # noqa: FBT003 - has no keywords
        application.initQgis()
        answer = DEEDS[deed](**values)
        QgsProject.instance().clear()
        sys.stdout.write(json.dumps(answer))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
