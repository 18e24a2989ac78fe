const w = new Worker(new URL('../worker/main.ts', import.meta.url), { type: 'module' }); w.addEventListener('message', ({data}) => { if (data.type==='ready') { w.postMessage({type:'build', settings:{s:2,d:3,lr:0.05,batchSize:32}}); w.postMessage({type:'look', image:data.samples[0].image, layer:'layer1.0.conv1'}); w.postMessage({type:'draw', module:null}); w.postMessage({type:'run', running:true}) } })
w.onmessage = (e) => console.log(JSON.stringify(e.data).slice(0, 300))
w.onerror = (e) => console.log('worker error', e.message)
