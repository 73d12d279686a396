/** Vite copies the file as it is and gives its address. */
declare module "*?url" {
  const address: string;
  export default address;
}
/** A sheet that goes with a script: the page links it. */
declare module "*.scss";
