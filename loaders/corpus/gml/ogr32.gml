<?xml version="1.0" encoding="utf-8" ?>
<ogr:FeatureCollection
     gml:id="aFeatureCollection"
     xmlns:ogr="http://ogr.maptools.org/"
     xmlns:gml="http://www.opengis.net/gml/3.2">
  <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::4326"><gml:lowerCorner>-33.5 -70.7</gml:lowerCorner><gml:upperCorner>-33.4 -70.5</gml:upperCorner></gml:Envelope></gml:boundedBy>
                                                                                                                                                              
  <ogr:featureMember>
    <ogr:ogr32 gml:id="ogr32.0">
      <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::4326"><gml:lowerCorner>-33.5 -70.6</gml:lowerCorner><gml:upperCorner>-33.4 -70.5</gml:upperCorner></gml:Envelope></gml:boundedBy>
      <ogr:geometryProperty><gml:MultiSurface srsName="urn:ogc:def:crs:EPSG::4326" gml:id="ogr32.geom.0"><gml:surfaceMember><gml:Polygon gml:id="ogr32.geom.0.0"><gml:exterior><gml:LinearRing><gml:posList>-33.5 -70.6 -33.5 -70.5 -33.4 -70.5 -33.5 -70.6</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></ogr:geometryProperty>
      <ogr:cut>01101</ogr:cut>
      <ogr:hab>12</ogr:hab>
      <ogr:share>0.5</ogr:share>
    </ogr:ogr32>
  </ogr:featureMember>
  <ogr:featureMember>
    <ogr:ogr32 gml:id="ogr32.1">
      <gml:boundedBy><gml:Envelope srsName="urn:ogc:def:crs:EPSG::4326"><gml:lowerCorner>-33.5 -70.7</gml:lowerCorner><gml:upperCorner>-33.4 -70.65</gml:upperCorner></gml:Envelope></gml:boundedBy>
      <ogr:geometryProperty><gml:MultiSurface srsName="urn:ogc:def:crs:EPSG::4326" gml:id="ogr32.geom.1"><gml:surfaceMember><gml:Polygon gml:id="ogr32.geom.1.0"><gml:exterior><gml:LinearRing><gml:posList>-33.5 -70.7 -33.5 -70.65 -33.4 -70.65 -33.5 -70.7</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember></gml:MultiSurface></ogr:geometryProperty>
      <ogr:cut>13101</ogr:cut>
      <ogr:hab>3</ogr:hab>
      <ogr:share xsi:nil="true"/>
    </ogr:ogr32>
  </ogr:featureMember>
</ogr:FeatureCollection>
