// Coordinates as people paste them: two numbers, or a link of a map.

export interface Place {
  latitude: number;
  longitude: number;
}

const PAIR = /(-?\d{1,3}(?:\.\d+)?)[,;\s]+(-?\d{1,3}(?:\.\d+)?)/;
/** `#map=17/52.5/13.4` of OpenStreetMap, and its `mlat=…&mlon=…`. */
const OPEN_STREET_MAP = /#map=\d+\/(-?[\d.]+)\/(-?[\d.]+)/;
const MARKER = /mlat=(-?[\d.]+)&mlon=(-?[\d.]+)/;
const AT = /@(-?[\d.]+),(-?[\d.]+)/;

export function readPlace(text: string): Place | null {
  const match = MARKER.exec(text) ?? OPEN_STREET_MAP.exec(text) ?? AT.exec(text) ?? PAIR.exec(text);
  const [latitude, longitude] = [Number(match?.[1] ?? NaN), Number(match?.[2] ?? NaN)];
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180 ? { latitude, longitude } : null;
}
