<?xml version='1.0' encoding="ISO-8859-1" ?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:ms="http://mapserver.gis.umn.edu/mapserver">
  <gml:boundedBy><gml:Box srsName="EPSG:32719"><gml:coordinates>345000.0,6280000.0 347000.0,6290000.0</gml:coordinates></gml:Box></gml:boundedBy>
  <gml:featureMember><ms:comunas fid="comunas.1">
    <gml:boundedBy><gml:Box srsName="EPSG:32719"><gml:coordinates>345000.0,6280000.0 346000.0,6281000.0</gml:coordinates></gml:Box></gml:boundedBy>
    <ms:msGeometry><gml:MultiPolygon srsName="EPSG:32719"><gml:polygonMember><gml:Polygon><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>345000.0,6280000.0 346000.0,6280000.0 346000.0,6281000.0 345000.0,6280000.0 </gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></gml:polygonMember></gml:MultiPolygon></ms:msGeometry>
    <ms:nombre>Ñuñoa</ms:nombre><ms:cut>13120</ms:cut><ms:habitantes>208237</ms:habitantes>
  </ms:comunas></gml:featureMember>
  <gml:featureMember><ms:comunas fid="comunas.2"><ms:msGeometry><gml:Polygon srsName="EPSG:32719"><gml:outerBoundaryIs><gml:LinearRing><gml:coordinates>346000,6280000 347000,6280000 347000,6281000 346000,6280000</gml:coordinates></gml:LinearRing></gml:outerBoundaryIs></gml:Polygon></ms:msGeometry><ms:nombre>Peñalolén</ms:nombre><ms:cut>13122</ms:cut></ms:comunas></gml:featureMember>
</wfs:FeatureCollection>
