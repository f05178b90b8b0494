/** Where a point is, in words people use, without asking anybody. */

import table from './data/cities.tsv';

/** `rank` 1 is a metropolis known everywhere, 4 a large city of its country. */
export interface City {
  readonly name: string;
  readonly country: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly rank: number;
}

export interface Point {
  readonly latitude: number;
  readonly longitude: number;
}

const EARTH_KM = 6371;
const FAR_KM = 250; // further away a city says nothing about a place

export const CITIES: readonly City[] = table
  .trim()
  .split('\n')
  .map((line) => line.split('\t'))
  .map(([name = '', country = '', latitude, longitude, rank]) => ({
    name,
    country,
    latitude: Number(latitude),
    longitude: Number(longitude),
    rank: Number(rank),
  }));

/** The nearest large city and how far its center is (km). */
export function nearestCity(point: Point): { city: City; km: number } {
  let best = { city: CITIES[0]!, km: Infinity };
  for (const city of CITIES) {
    const km = distanceKm(point, city);
    if (km < best.km) best = { city, km };
  }
  return best;
}

/** “Warsaw”, “Warsaw, 4 km”, or null far from any large city. */
export function placeName(point: Point): string | null {
  const { city, km } = nearestCity(point);
  if (km > FAR_KM) return null;
  return km < 1 ? city.name : `${city.name}, ${Math.round(km)} km`;
}

/** Along the surface of a round earth (haversine): a percent off at worst. */
export function distanceKm(a: Point, b: Point): number {
  const [latA, latB] = [radians(a.latitude), radians(b.latitude)];
  const [dLat, dLon] = [latB - latA, radians(b.longitude - a.longitude)];
  const h = Math.sin(dLat / 2) ** 2 + Math.cos(latA) * Math.cos(latB) * Math.sin(dLon / 2) ** 2;
  return 2 * EARTH_KM * Math.asin(Math.sqrt(h));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}
