/** Streets out of a PMTiles file. A bundle of its own: it is fetched once somebody asks for it. */

import MVT from 'ol/format/MVT';
import VectorTileLayer from 'ol/layer/VectorTile';
import VectorTileSource from 'ol/source/VectorTile';
import type Tile from 'ol/Tile';
import TileState from 'ol/TileState';
import VectorTile from 'ol/VectorTile';
import { FetchSource, FileSource, PMTiles, TileType } from 'pmtiles';

import type { Colors } from './colors';
import { streetStyle } from './streetstyle';

/** `credit` is whom the file names as its makers, as plain text; empty where it names nobody. */
export interface Streets {
  readonly layer: VectorTileLayer;
  readonly credit: string;
}

const TILE_PX = 512;

/** From a file on this computer, or from an address of this portal; `faulty` hears of bad tiles. */
export async function openStreets(
  from: File | string,
  colors: () => Colors,
  faulty: () => void,
): Promise<Streets> {
  const archive = new PMTiles(from instanceof File ? new FileSource(from) : new FetchSource(from));
  const { tileType, minZoom, maxZoom } = await archive.getHeader();
  if (tileType !== TileType.Mvt) throw new Error('a map of pictures, not of streets');
  const credit = creditOf(await archive.getMetadata());
  const source = new VectorTileSource({
    format: new MVT(),
    maxZoom,
    tileSize: TILE_PX,
    url: '{z}/{x}/{y}',
    tileLoadFunction: (tile, place) => load(tile, place, archive),
  });
  source.on('tileloaderror', faulty);
  // Further out than the file goes, every tile of its area would be asked for at once.
  const style = streetStyle(colors);
  return { layer: new VectorTileLayer({ source, style, minZoom, declutter: true }), credit };
}

function load(tile: Tile, place: string, archive: PMTiles): void {
  if (!(tile instanceof VectorTile)) return;
  const [z = 0, x = 0, y = 0] = place.split('/').map(Number);
  tile.setLoader((extent, _resolution, featureProjection) => {
    const read = async (): Promise<void> => {
      const found = await archive.getZxy(z, x, y);
      const options = { extent, featureProjection };
      tile.setFeatures(found ? tile.getFormat().readFeatures(found.data, options) : []);
    };
    read().catch(() => tile.setState(TileState.ERROR)); // a file cut off, a portal that is away
  });
}

/** The names alone: files carry them as links. */
function creditOf(metadata: unknown): string {
  const { attribution } = (metadata ?? {}) as { attribution?: unknown };
  return String(attribution ?? '')
    .replace(/<[^>]*>/g, '')
    .replaceAll('&copy;', '©')
    .replaceAll('&amp;', '&')
    .trim();
}
