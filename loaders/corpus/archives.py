"""Makes zip/*: archives as other programs write them.

Run here: python archives.py
"""

import io
import zipfile
from pathlib import Path

FOLDER = Path(__file__).parent / "zip"
GTFS = {
    "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\nA,Buses,http://example.org,America/Santiago\n",
    "stops.txt": "\ufeffstop_id,stop_name,stop_lat,stop_lon\r\n01,Plaza,-33.5,-70.6\r\n02,\"Centro, sur\",-33.6,-70.7\r\n",
    "routes.txt": "route_id,route_short_name,route_type\nR,101,3\n",
    "trips.txt": "route_id,service_id,trip_id,shape_id\nR,L,t1,ida\nR,L,t2,vuelta\n",
    "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,24:10:00,24:10:00,01,1\n",
    "calendar.txt": "service_id,monday,start_date,end_date\nL,1,20240101,20241231\n",
    "shapes.txt": "shape_id,shape_pt_lat,shape_pt_lon,shape_pt_sequence\n"
    "ida,-33.5,-70.6,1\nida,-33.6,-70.7,2\nvuelta,-33.6,-70.7,1\nvuelta,-33.5,-70.6,2\n",
}


class Stream(io.RawIOBase):
    """Cannot go back, so sizes stand behind the members."""

    def __init__(self):
        self.bytes = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.bytes += bytes(data)
        return len(data)


def streamed(members):
    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), text.encode(), zipfile.ZIP_DEFLATED)
    return bytes(stream.bytes)


def dos_names(members):
    """Names in code page 850 without the mark for UTF-8, as the Windows Explorer writes them in Spanish."""
    data = streamed(members)
    for name in members:
        marked = name.encode()
        stem, extension = name.encode("cp850").rsplit(b".", 1)
        data = data.replace(marked, stem.ljust(len(marked) - len(extension) - 1, b"_") + b"." + extension)
    # Bit 11 of the flags, in local headers and in the directory.
    data = bytearray(data)
    for signature, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = data.find(signature)
        while at >= 0:
            data[at + flags + 1] &= ~0x08
            at = data.find(signature, at + 1)
    return bytes(data)


FOLDER.mkdir(exist_ok=True)
(FOLDER / "gtfs.zip").write_bytes(streamed({"feed/" + name: text for name, text in GTFS.items()}))
(FOLDER / "dos-names.zip").write_bytes(dos_names({"Ñuñoa/población.csv": "comuna;n\nÑuñoa;1\n"}))
