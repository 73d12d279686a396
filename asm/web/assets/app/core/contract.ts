/** What the app reads and writes of the contract (`mobile_contract/v1/openapi.json`), as it stands there. */

export interface GuestInput {
  full_name?: string;
  birth_date?: string | null;
  birth_date_precision?: "day" | "year";
  sex?: "male" | "female" | "other" | null;
  nationality?: string;
  document_type?: number | null;
  document_name?: string | null;
  document_number?: string | null;
  old_number?: string | null;
  no_papers?: boolean;
  phone?: string | null;
  residence_kind?: number | null;
  residence_country?: string | null;
  residence_province?: string | null;
  residence_ward?: string | null;
  residence_address?: string | null;
  permitted_stay_until?: string | null;
  note?: string | null;
  name_source?: "typed" | "card" | "mrz" | null;
  name_confirmed?: boolean;
  card_qr?: string | null;
  room?: string | null;
}
export type Guest = Omit<GuestInput, "card_qr" | "room"> & { full_name: string };

export interface StayDeclaration {
  arrived_at: string;
  guests: GuestInput[];
  planned_departure_at?: string | null;
  room?: string | null;
  hourly?: boolean;
  reason?: number | null;
  reason_text?: string | null;
}
export interface Amend {
  guest?: Partial<Guest>;
  arrived_at?: string;
  planned_departure_at?: string | null;
  room?: string | null;
  hourly?: boolean;
  reason?: number | null;
  reason_text?: string | null;
}
/** Which stay: by its id, or as guest number `guest` of a declaration that may not be sent yet. */
export type StayRef = { id: string } | { declared_by: string; guest: number };

type OfStay<Name extends string, Body> = {
  deed: Name;
  stay: StayRef;
  /** The version that the person saw: another one is answered with 412. */
  version?: number;
  body: Body;
};
export type Deed =
  | { deed: "declare"; body: StayDeclaration }
  | { deed: "quiet_night"; body: { night?: string | null } }
  | OfStay<"extend", { planned_departure_at: string }>
  | OfStay<"depart", { departed_at?: string | null }>
  | OfStay<"undo_departure", Record<string, never>>
  | OfStay<"move", { room: string }>
  | OfStay<"amend", Amend>
  | OfStay<"void", { reason: string }>;

export interface Problem {
  rule: string;
  severity: "refuse" | "warn" | "note";
  field: string;
  message: string;
  message_en: string;
  remedy: string;
  remedy_en: string;
}
export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
  message_en: string;
  remedy?: string | null;
  remedy_en?: string | null;
}
export interface ProblemDetails {
  status: number;
  code: string;
  title: string;
  detail: string;
  detail_en: string;
  errors?: FieldProblem[];
  outcome?: Outcome | null;
  /** Signed proof that sending was tried while the server could not store it. */
  attempt?: { attempted_at: string; token: string } | null;
  /** Of sign-in: how far this device's clock is off. */
  clock_offset_s?: number;
}
export interface Receipt {
  number: string;
  facility_id: string;
  stay_id: string;
  version: number;
  received_at: string;
  due_at: string;
  on_time: boolean;
  recorded_at: string;
  /** What its QR holds. */
  token: string;
}
export interface EntryResult {
  index: number;
  status: string;
  problems: Problem[];
  stay_id?: string | null;
  due_at?: string | null;
  on_time?: boolean | null;
  receipt?: Receipt | null;
}
export interface Outcome {
  read: number;
  accepted: number;
  merged: number;
  rejected: number;
  results: EntryResult[];
}
export interface Changed {
  receipt: Receipt;
  problems: Problem[];
  unchanged?: boolean;
}
export interface BatchItemResult {
  key: string;
  status: number;
  replayed: boolean;
  outcome?: Outcome | null;
  changed?: Changed | null;
  quiet_night?: { night: string; said_at: string } | null;
  problem?: ProblemDetails | null;
}
export interface StayView {
  id: string;
  facility_id: string;
  facility_name: string;
  version: number;
  guest: Guest;
  room: string | null;
  arrived_at: string;
  planned_departure_at: string | null;
  departed_at: string | null;
  hourly: boolean;
  reason: number | null;
  reason_text: string | null;
  receipt_number: string;
  received_at: string;
  due_at: string;
  on_time: boolean;
  via: string;
  voided_at: string | null;
  void_reason: string | null;
  /** When a phone saved it; `signed`: that the phone's key says so. */
  saved?: { at: string; signed: boolean; clock_ahead_s?: number | null } | null;
}
export interface Facility {
  id: string;
  kind: string;
  name: string;
  phone: string | null;
  address_text: string;
  ward_code: string;
  ward_name: string;
  province_name: string;
  lat: number;
  lon: number;
  remote: boolean;
  status: "pending" | "active" | "returned" | "closed";
  decision_note: string | null;
  digital_address: string | null;
}
export interface Room {
  id: string;
  name: string;
  beds: number;
  closed_on: string | null;
}
export interface Registration {
  kind: string;
  name: string;
  phone?: string | null;
  address_text: string;
  lat: number;
  lon: number;
  point_source?: "map_click" | "phone_gps" | "plate_scan" | null;
  accuracy_m?: number | null;
  remote?: boolean;
  rooms?: { name: string; beds: number }[];
  ward_code?: string | null;
}
