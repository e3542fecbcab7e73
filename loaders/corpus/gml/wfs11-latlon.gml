<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml" xmlns:red="http://example.org/red" xmlns:xlink="http://www.w3.org/1999/xlink" numberOfFeatures="3">
  <gml:featureMembers>
    <red:tramos gml:id="tramos.1"><red:geom><gml:MultiLineString srsName="urn:x-ogc:def:crs:EPSG:4326"><gml:lineStringMember><gml:LineString><gml:posList>-33.5 -70.6 -33.5 -70.5</gml:posList></gml:LineString></gml:lineStringMember></gml:MultiLineString></red:geom><red:largo uom="m">9300.5</red:largo><red:vigente>true</red:vigente></red:tramos>
    <red:tramos gml:id="tramos.2"><red:geom><gml:MultiCurve srsName="urn:x-ogc:def:crs:EPSG:4326"><gml:curveMember><gml:Curve><gml:segments><gml:LineStringSegment><gml:posList>-33.4 -70.6 -33.4 -70.5</gml:posList></gml:LineStringSegment><gml:Arc><gml:posList>-33.4 -70.5 -33.45 -70.45 -33.5 -70.5</gml:posList></gml:Arc></gml:segments></gml:Curve></gml:curveMember></gml:MultiCurve></red:geom><red:largo uom="m">9000</red:largo><red:vigente>false</red:vigente></red:tramos>
    <red:nodos gml:id="nodos.1"><red:lugar><gml:Point srsName="urn:x-ogc:def:crs:EPSG:4326" srsDimension="3"><gml:pos>-33.5 -70.6 570</gml:pos></gml:Point></red:lugar><red:dueño><red:Persona><red:nombre>Junta &lt;A&gt;</red:nombre></red:Persona></red:dueño><red:nota xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/></red:nodos>
  </gml:featureMembers>
</wfs:FeatureCollection>
