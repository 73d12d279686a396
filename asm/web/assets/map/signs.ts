import type { Map as GlMap } from "maplibre-gl";
import { colour } from "./colours";

/** Each state has a colour, a shape and a mark of its own: a colour alone says nothing to many. */
export type State = "declared" | "silent" | "closed";

const SIDE = 22;
const SHARP = 2;

type Pen = CanvasRenderingContext2D;

const SIGNS: Record<State, { colour: string; outline: (pen: Pen) => void; mark: (pen: Pen) => void }> = {
  declared: {
    colour: colour("good"),
    outline: (pen) => pen.arc(11, 11, 9, 0, Math.PI * 2),
    mark: (pen) => line(pen, [6.5, 11.5], [9.8, 14.6], [15.5, 7.6]),
  },
  silent: {
    colour: colour("bad"),
    outline: (pen) => polygon(pen, [11, 0.8], [21.2, 11], [11, 21.2], [0.8, 11]),
    mark: (pen) => {
      line(pen, [11, 5.6], [11, 11.8]);
      line(pen, [11, 15.4], [11, 16]);
    },
  },
  closed: {
    colour: colour("quiet"),
    outline: (pen) => pen.rect(3, 3, 16, 16),
    mark: (pen) => line(pen, [7, 11], [15, 11]),
  },
};

export function addSigns(map: GlMap): void {
  for (const state of Object.keys(SIGNS) as State[]) map.addImage(state, picture(state), { pixelRatio: SHARP });
}

/** Drawn here, since a picture in an address (data:, blob:) is against the content policy. */
function picture(state: State): ImageData {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE * SHARP;
  const pen = canvas.getContext("2d") as Pen;
  const sign = SIGNS[state];
  pen.scale(SHARP, SHARP);
  pen.lineCap = pen.lineJoin = "round";
  pen.beginPath();
  sign.outline(pen);
  pen.fillStyle = sign.colour;
  pen.fill();
  pen.strokeStyle = colour("paper");
  pen.lineWidth = 1.6;
  pen.stroke();
  pen.lineWidth = 2.4;
  sign.mark(pen);
  return pen.getImageData(0, 0, canvas.width, canvas.height);
}

function polygon(pen: Pen, ...corners: [number, number][]): void {
  for (const corner of corners) pen.lineTo(...corner);
  pen.closePath();
}

function line(pen: Pen, ...points: [number, number][]): void {
  pen.beginPath();
  for (const point of points) pen.lineTo(...point);
  pen.stroke();
}
