"""Documents of SPDX 2.3 as JSON, for what lists packages of Debian: packaging/collect and scripts/sbom."""

import re
import time
import urllib.parse


def identifier(kind, name):
    """Unique among Debian's names of packages, of which some end in "++"."""
    return f"SPDXRef-{kind}-" + re.sub(r"[^A-Za-z0-9.-]", "-", name.replace("+", "-plus"))


def package(name, version, **more):
    return {"SPDXID": identifier("Package", name), "name": name, "versionInfo": version, "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False, "licenseConcluded": "NOASSERTION", "licenseDeclared": "NOASSERTION",
            "copyrightText": "NOASSERTION", **more}


def debian_package(name, version, architecture, release, **more):
    """release is a number, or None for a package of no release."""
    place = "@".join(urllib.parse.quote(part, safe="") for part in (name, version))
    url = f"pkg:deb/debian/{place}?arch={architecture}" + (f"&distro=debian-{release}" if release else "")
    return package(name, version, **more,
                   externalRefs=[{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": url}])


def document(name, place, epoch, tool, own, packages, relations, **more):
    """place ends the document's URI; own is the package that it describes, packages are the others; relations are of
    (identifier, kind, identifier)."""
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", own["SPDXID"]), *relations]
    return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT", "name": name,
            "documentNamespace": f"https://thumbmill.example.org/spdx/{place}",
            "creationInfo": {"created": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch)), "creators": [f"Tool: {tool}"]},
            "packages": [own, *packages], **more,
            "relationships": [{"spdxElementId": one, "relationshipType": kind, "relatedSpdxElement": other}
                              for one, kind, other in relations]}
