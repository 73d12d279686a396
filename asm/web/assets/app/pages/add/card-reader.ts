/** The code of a card in a picture: zxing compiled for the browser, fetched when it is first used. */
import { type ReaderOptions, prepareZXingModule, readBarcodes } from "zxing-wasm/reader";
import wasm from "zxing-wasm/reader/zxing_reader.wasm?url";

const LARGEST = 1280;
const OPTIONS: ReaderOptions = { formats: ["QRCode"], tryHarder: true, maxNumberOfSymbols: 1 };
let canvas: HTMLCanvasElement | undefined;

/** Its own address is another server's. Rejects where the reader cannot be had. */
export async function readerReady(): Promise<void> {
  await prepareZXingModule({
    overrides: { locateFile: (path: string, prefix: string) => (path.endsWith(".wasm") ? wasm : prefix + path) },
    fireImmediately: true,
  });
}

export async function readCode(source: HTMLVideoElement | Blob): Promise<string | undefined> {
  await readerReady();
  const image = source instanceof Blob ? await createImageBitmap(source) : source;
  const [width, height] = source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : sizeOf(image as ImageBitmap);
  const scale = Math.min(1, LARGEST / Math.max(width, height));
  canvas ??= document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (!context) return undefined;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const [result] = await readBarcodes(context.getImageData(0, 0, canvas.width, canvas.height), OPTIONS);
  return result?.isValid ? result.text : undefined;
}

const sizeOf = (image: ImageBitmap): [number, number] => [image.width, image.height];
