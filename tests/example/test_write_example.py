"""The example as a whole: the files of the formats, and the same bytes each time."""

import hashlib
from dataclasses import replace

from infrastruktur.example import write_example

FILES = {
    "beispiel-kommunen.geojson",
    "beispiel-sozialraeume.geojson",
    "Beispiel_Zensus2022_Bevoelkerungszahl_100m-Gitter.csv",
    "Beispiel_Zensus2022_Anteil_ab_65_100m-Gitter.csv",
    "beispiel-bevoelkerung-sozialraeume.csv",
    "beispiel.osm.pbf",
    "beispiel-pflege.xlsx",
    "beispiel-angebote.csv",
    "beispiel-kitas.csv",
    "beispiel-schuldaten.csv",
    "beispiel-adressen.csv",
    "beispiel-pflegequoten.csv",
    "beispiel-pflegestatistik.csv",
    "beispiel-ueberleben.csv",
    "beispiel-kontext.csv",
    "beispiel-prognose.csv",
}


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_exactly_the_files_of_the_formats(written):
    assert {path.name for path in written.folder.iterdir()} == FILES
    assert {path.name for path in written.report.files} == FILES


def test_a_second_run_writes_the_same_bytes_over_old_files_and_leaves_others_alone(written, tmp_path):
    (tmp_path / "notizen.txt").write_text("bleibt", encoding="utf-8")
    (tmp_path / "beispiel-kitas.csv").write_text("alt", encoding="utf-8")
    (tmp_path / "beispiel.osm.pbf").write_bytes(b"alt")
    told = []
    report = write_example(tmp_path, progress=lambda step, share: told.append((step, share)))
    assert digests(tmp_path).items() >= digests(written.folder).items()
    assert (tmp_path / "notizen.txt").read_text(encoding="utf-8") == "bleibt"
    assert replace(report, files=()) == replace(written.report, files=())
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
